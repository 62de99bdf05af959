# shellcheck shell=bash disable=SC2154
# Configuring and building.  The presets say how; results of the release build are in build/ itself.

build_directory() # preset
{
    if [ "$1" = release ]; then
        echo "$root/build"
    else
        echo "$root/build/$1"
    fi
}

# Configures when there is nothing yet or the presets have changed; for all else the build itself sees
# to it.
configure() # preset
{
    local preset=$1 directory
    directory=$(build_directory "$preset")
    if [ -e "$directory/build.ninja" ] && cmp -s CMakePresets.json "$directory/.presets"; then
        return
    fi
    mkdir -p "$directory"
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
    fi
    if ! cmake --preset "$preset" >"$directory/configure.log" 2>&1; then
        tail -n 30 "$directory/configure.log" >&2
        warn "configuring failed; the whole output: $directory/configure.log"
        return 1
    fi
    cp CMakePresets.json "$directory/.presets"
}

# Of the steps that ninja prints one by one where there is no terminal, one line for each tenth; what
# compilers say passes.
every_tenth_step()
{
    awk 'match($0, /^\[[0-9]+\/[0-9]+\] /) {
            split(substr($0, 2, RLENGTH - 3), step, "/")
            tenth = int(10 * step[1] / step[2])
            if (tenth > last && step[2] > 20) { print "    " step[1] " of " step[2]; fflush() }
            last = tenth
            next
        }
        !/^(ninja: (no work|Entering)|-- )/ { print; fflush() }'
}

build() # preset, target...
{
    local preset=$1 directory
    shift
    directory=$(build_directory "$preset")
    configure "$preset" || return 1
    if [ -t 1 ]; then
        NINJA_STATUS="    [%f/%t] " ninja -C "$directory" "$@" && return
    else
        NINJA_STATUS="[%f/%t] " ninja -C "$directory" "$@" | every_tenth_step && return
    fi
    warn "the $preset build failed"
    return 1
}

build_command()
{
    setup build
    say "building"
    build release "$@"
    [ $# -gt 0 ] || say "built build/bin/glacis and build/examples/"
}
