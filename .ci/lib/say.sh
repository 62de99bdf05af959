# shellcheck shell=bash
# What ./dev tells people.

if [ -t 1 ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
    bold="" plain=""
fi

# A step that is starting, or a line of narration.
say()
{
    printf '%s==>%s %s\n' "$bold" "$plain" "$*"
}

warn()
{
    printf 'dev: %s\n' "$*" >&2
}

die()
{
    warn "$@"
    exit 1
}

# Refuses what a command does not know.
no_more_arguments() # command, arguments...
{
    local command=$1
    shift
    [ $# -eq 0 ] && return
    warn "$command: unknown option '$1'; try ./dev help"
    exit 2
}
