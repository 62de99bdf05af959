# shellcheck shell=bash
# Measurements, on an optimised build.

bench_command()
{
    setup build
    build release all >&2 || exit 1
    exec build/bin/glacis bench "$@"
}
