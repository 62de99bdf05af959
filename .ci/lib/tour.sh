#!/bin/sh
# What `./dev run` shows: the wordcount example on a real text, then on a hostile one.  Plain sh: it
# also runs in the emulated host.
#
#   tour.sh GLACIS EXAMPLES

glacis=$1
wordcount=$2/wordcount

echo "--> wordcount on a real text: a parser domain counts the words of a file it may only read, a"
echo "    printer domain shows the most frequent ones"
"$glacis" run "$wordcount/text.toml"
status=$?
if [ "$status" -ne 0 ]; then
    echo "--> expected exit status 0, got $status"
    exit 1
fi

echo
echo "--> wordcount on a hostile text: it drives the parser's recursion into the guard below its stack;"
echo "    the parser is stopped, explained and restarted, the printer goes on"
"$glacis" run "$wordcount/hostile.toml"
status=$?
if [ "$status" -ne 3 ]; then
    echo "--> expected exit status 3 (a domain faulted), got $status"
    exit 1
fi

echo
echo "--> exit status 3: a domain faulted, and the others finished their work"
