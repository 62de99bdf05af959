# shellcheck shell=bash
# The first minute: work, and a rescue.

glacis=build/bin/glacis
examples=build/examples

# Why this machine's /dev/kvm cannot be used; says nothing when it can.  Opening it is not enough to
# know: the smallest example has to run (exit status 1: the host failed).
kvm_trouble()
{
    local status=0
    if [ ! -e /dev/kvm ]; then
        echo "there is no /dev/kvm on this machine"
    elif [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
        echo "no permission to open /dev/kvm (join the group kvm?)"
    else
        "$glacis" run "$examples/hello/hello.toml" >/dev/null 2>&1 </dev/null || status=$?
        [ "$status" -ne 1 ] || echo "/dev/kvm is there but cannot run a guest (see $glacis doctor)"
    fi
}

# Runs the tour here or in the emulated host.
run_where_possible()
{
    if [ "$emulated" = yes ]; then
        tests/emulated/run_in_svm --timeout 600 --file "$glacis" --file "$examples" \
            --file .ci/lib/tour.sh -- sh .ci/lib/tour.sh "$glacis" "$examples"
    else
        sh .ci/lib/tour.sh "$glacis" "$examples"
    fi
}

run_command()
{
    no_more_arguments run "$@"
    local trouble emulated=no
    setup build
    build release glacis examples/all || exit 1
    trouble=$(kvm_trouble)
    if [ -n "$trouble" ]; then
        say "$trouble: running in the emulated host instead (slow, but all of it works)"
        setup emulated
        emulated=yes
    fi
    run_where_possible
}
