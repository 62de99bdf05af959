# Counts from the output of a GoogleTest executable that did not live to write its results: what it
# finished counts as it ended, the test that was running failed, the others count as skipped.
# Prints what count_results.awk prints.

function test_name()
{
    sub(/^\[[^]]*\] /, "")
    sub(/[ ,(].*$/, "")
    sub(/\r$/, "")
    return $0
}

/^\[==========\] Running [0-9]+ test/ { total = $3 }
/^\[ RUN      \] / { running = test_name() }
/^\[       OK \] / { passed++; running = "" }
/^\[  SKIPPED \] / && running != "" { skipped++; running = "" }
/^\[  FAILED  \] / && running != "" { failures[++failed] = test_name(); running = "" }

END {
    if (running != "")
        failures[++failed] = running " (it was running when the executable ended)"
    else if (!failed)
        failures[++failed] = "(the executable ended outside of any test)"
    left = total - passed - failed - skipped
    print "count", passed + 0, failed + 0, skipped + (left > 0 ? left : 0)
    for (i = 1; i <= failed; i++)
        print "failed", failures[i]
}
