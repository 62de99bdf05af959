#!/bin/sh
# check.sh [GLACIS]: runs wordcount in this folder and compares its answer with that of coreutils.
set -eu
cd "$(dirname "$0")"
glacis=${1:-glacis}
result=$(mktemp)
trap 'rm -f "$result"' EXIT

count_words() {
    LC_ALL=C tr '[:upper:]' '[:lower:]' <"$1" | LC_ALL=C tr -cs '[:lower:]' '\n' | sed '/^$/d' | LC_ALL=C sort |
        uniq -c | LC_ALL=C sort -k1,1nr -k2,2 | head -10
}

"$glacis" run text.toml >"$result"
expected=$(count_words licences.txt)
actual=$(sed -n 's/^printer *| \( *[0-9]* [a-z]*\)$/\1/p' "$result")
if [ "$actual" != "$expected" ]; then
    printf 'wordcount differs from coreutils\n--- coreutils\n%s\n--- wordcount\n%s\n' "$expected" "$actual" >&2
    exit 1
fi
printf 'the same as coreutils:\n%s\n' "$actual"
