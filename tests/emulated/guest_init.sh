#!/bin/busybox sh
# shellcheck shell=dash disable=SC2154
# The first process of an emulated host.  /glacis/settings names the ports and modules,
# /glacis/command is what to run.  The command's output goes to the output port; its exit status and
# the files asked for go to the result port as one tar archive, so that a half-finished run cannot
# look like a finished one.

/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
export PATH=/bin HOME=/tmp TERM=dumb

# shellcheck source=/dev/null
. /glacis/settings
stty -F "/dev/$output_port" raw -echo
stty -F "/dev/$result_port" raw -echo
mkdir /tmp/result

status=0
for module in $modules; do
    insmod "/glacis/$module.ko" || status=125
done
[ "$status" = 0 ] || echo "a kernel module was refused"
/glacis/keep_vm || status=125

if [ "$status" = 0 ]; then
    cd "$directory" || exit 1
    sh /glacis/command </dev/null >"/dev/$output_port" 2>&1
    status=$?
fi

echo "$status" >/tmp/result/exit_status
number=0
while read -r file; do
    [ ! -e "$file" ] || cp "$file" "/tmp/result/file_$number"
    number=$((number + 1))
done </glacis/fetch
tar -C /tmp/result -c . >"/dev/$result_port"
poweroff -f
