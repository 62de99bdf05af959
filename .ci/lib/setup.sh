# shellcheck shell=bash disable=SC2154
# Installing packages, only those that are missing.

# The packages of the named groups of .ci/packages.txt, without those whose command is there already.
packages_of() # group...
{
    awk -v groups=" $* " '
        /^\[/ { wanted = index(groups, " " substr($0, 2, length($0) - 2) " "); next }
        !wanted || !NF || $1 ~ /^#/ { next }
        NF == 1 || system("command -v " $2 " >/dev/null") != 0 { print $1 }' "$root/.ci/packages.txt" | sort -u
}

missing_packages() # group...
{
    local wanted installed
    wanted=$(packages_of "$@")
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        awk '$1 == "installed" {print $2}' | sort -u || true)
    comm -23 <(echo "$wanted") <(echo "$installed")
}

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "installing packages needs root, and there is no sudo. As root: apt-get install ${missing//$'\n'/ }"
    fi
}

install_packages() # package...
{
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    as_root "${apt[@]}" update </dev/null ||
        warn "the package lists could not be refreshed; trying with what is there"
    as_root "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >"$root/build/setup.log" 2>&1 && return
    tail -n 15 "$root/build/setup.log" >&2
    warn "apt-get could not install: $*"
    warn "is there a network, and are these Debian 12's package sources? The whole output: build/setup.log"
    exit 1
}

# Makes sure that the groups' packages are there.  Without a missing one it needs neither network nor root.
setup() # group...
{
    command -v dpkg-query >/dev/null ||
        die "this is no Debian; needed are the equivalents of: $(packages_of "$@" | tr '\n' ' ')"
    local missing
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "installing $(echo "$missing" | wc -l) packages: $(echo "$missing" | tr '\n' ' ')"
    mkdir -p "$root/build"
    # shellcheck disable=SC2086
    install_packages $missing
}

setup_command()
{
    no_more_arguments setup "$@"
    setup build test emulated slurm check
    say "everything is installed"
}
