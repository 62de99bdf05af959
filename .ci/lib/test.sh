# shellcheck shell=bash
# All tiers of tests, and one count at the end.

all_tiers="unit model kvm emulated end_to_end slurm fuzz"
executable_time_limit=600
emulated_time_limit=900
slurm_time_limit=300
fuzz_runs=${GLACIS_FUZZ_RUNS:-30000}
fuzz_time_limit=120

total_passed=0
total_failed=0
total_skipped=0
summary=()

# ---- counting --------------------------------------------------------------------------------------

# Adds a line of the summary to the totals.
record() # label, passed, failed, skipped, seconds
{
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + $4))
    summary+=("$(printf '%-16s %5d passed %4d failed %4d skipped %6d s' "$@")")
}

# A tier that cannot run is skipped, never passed.
record_skipped() # label, number of tests, reason
{
    say "$1: skipped, $3"
    record "$1" 0 0 "$2" 0
}

record_broken() # label, reason
{
    warn "$1: $2"
    record "$1" 0 1 0 0
}

# Sums up the results of one tier's executables, and says what failed and why something was skipped.
record_results() # label, directory of results, seconds
{
    local label=$1 directory=$2 seconds=$3 passed=0 failed=0 skipped=0 name kind rest p f s
    for name in "$directory"/*.status; do
        name=${name%.status}
        while read -r kind rest; do
            case $kind in
            count)
                read -r p f s <<<"$rest"
                passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
                ;;
            failed) echo "    failed: $rest" ;;
            reason) echo "    skipped: $rest" ;;
            esac
        done < <(counts_of "$name")
        if [ "$(cat "$name.status")" -ne 0 ] && [ "$verbose" = no ]; then
            echo "    output of $(basename "$name") (all of it: ${name#"$root/"}.log):"
            tail -n 60 "$name.log" | sed 's/^/    | /'
        fi
    done
    record "$label" "$passed" "$failed" "$skipped" "$seconds"
}

# An executable that fails without a failed test (a leak found at exit, say) has failed all the same.
counts_of() # path of results without ending
{
    local counts
    if ! counts=$(awk -f .ci/lib/count_results.awk "$1.xml" 2>/dev/null); then
        awk -f .ci/lib/count_log.awk "$1.log"
    elif [ "$(cat "$1.status")" -ne 0 ] && ! grep -q '^failed' <<<"$counts"; then
        echo "$counts"
        echo "count 0 1 0"
        echo "failed $(basename "$1") (exit status $(cat "$1.status") after its tests)"
    else
        echo "$counts"
    fi
}

# ---- running GoogleTest executables ----------------------------------------------------------------

executables_of() # preset, tier
{
    cat "$(build_directory "$1")/tests/$2.list" 2>/dev/null || true
}

number_of_tests() # executable...
{
    local executable
    for executable in "$@"; do
        "$executable" --gtest_list_tests 2>/dev/null | grep -c '^  ' || true
    done | awk '{sum += $1} END {print sum > 0 ? sum : 1}'
}

# Runs one executable; leaves NAME.log, NAME.xml and NAME.status in the directory of results.
run_executable() # directory of results, executable, prefix...
{
    local executable=$2 results status=0
    results=$1/$(basename "$executable")
    shift 2
    timeout --kill-after=10 "$executable_time_limit" "$@" "$executable" \
        "--gtest_output=xml:$results.xml" --gtest_brief=0 --gtest_color=no \
        </dev/null >"$results.log" 2>&1 || status=$?
    [ "$status" -ne 124 ] || echo "dev: not finished after $executable_time_limit s" >>"$results.log"
    echo "$status" >"$results.status"
    [ "$verbose" = no ] || cat "$results.log"
}

fresh_results() # name
{
    local directory=$root/build/test_results/$1
    rm -rf "$directory"
    mkdir -p "$directory"
    echo "$directory"
}

# Runs all executables of a tier, as many at once as asked for.
run_executables() # label, preset, tier, number at once, prefix...
{
    local label=$1 preset=$2 tier=$3 at_once=$4 directory executable started
    shift 4
    directory=$(fresh_results "${label//[^a-z_]/}")
    started=$SECONDS
    while read -r executable; do
        while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do
            wait -n || true
        done
        run_executable "$directory" "$executable" "$@" &
    done < <(executables_of "$preset" "$tier")
    wait
    if ! compgen -G "$directory/*.status" >/dev/null; then
        record_skipped "$label" 1 "it has no tests yet"
        return
    fi
    record_results "$label" "$directory" "$((SECONDS - started))"
}

# ---- the tiers -------------------------------------------------------------------------------------

tier_unit()
{
    say "unit"
    run_executables unit release unit "$(nproc)"
    [ "$sanitizers" = yes ] || return 0

    say "unit with AddressSanitizer and UndefinedBehaviorSanitizer"
    if build asan tests_unit; then
        UBSAN_OPTIONS=print_stacktrace=1 run_executables "unit (asan)" asan unit "$(nproc)"
    else
        record_broken "unit (asan)" "it does not build"
    fi

    # ThreadSanitizer cannot place its shadow memory under every kind of address randomisation.
    local prefix=()
    ! setarch -R true 2>/dev/null || prefix=(setarch -R)
    say "unit with ThreadSanitizer"
    if build tsan tests_unit; then
        run_executables "unit (tsan)" tsan unit "$(nproc)" ${prefix[@]+"${prefix[@]}"}
    else
        record_broken "unit (tsan)" "it does not build"
    fi
}

tier_model()
{
    say "model"
    run_executables model release model 1
}

tier_kvm()
{
    say "kvm"
    local trouble executables
    trouble=$(kvm_trouble)
    if [ -n "$trouble" ]; then
        mapfile -t executables < <(executables_of release kvm)
        record_skipped kvm "$(number_of_tests "${executables[@]}")" "$trouble"
        return
    fi
    run_executables kvm release kvm 1

    # Once more, each system on one that has already run and was reset. What looks on through both
    # runs counts both.
    say "kvm, after a reset"
    run_executables "kvm (after reset)" release kvm 1 \
        env GLACIS_TEST_AFTER_RESET=1 GTEST_FILTER=-RepeatableRun.sleeps_take_no_time_of_the_hosts:*ResettableSystem*
}

# The kvm tier's executables, each in a freshly booted host.
tier_emulated()
{
    say "emulated"
    local directory executable results status started=$SECONDS files=() file
    directory=$(fresh_results emulated)
    if ! tests/emulated/run_in_svm --prepare; then
        mapfile -t executables < <(executables_of release kvm)
        record_skipped emulated "$(number_of_tests "${executables[@]}")" \
            "the emulated host could not be prepared"
        return
    fi
    while read -r file; do
        [ -z "$file" ] || files+=(--file "$file")
    done < <(cat build/tests/kvm.files 2>/dev/null)
    while read -r executable; do
        results=$directory/$(basename "$executable")
        status=0
        tests/emulated/run_in_svm --timeout "$emulated_time_limit" --file "$executable" \
            ${files[@]+"${files[@]}"} --fetch "/tmp/result.xml:$results.xml" -- \
            env GLACIS_EMULATED_HOST=svm "$executable" --gtest_output=xml:/tmp/result.xml \
            --gtest_color=no </dev/null >"$results.log" 2>&1 || status=$?
        echo "$status" >"$results.status"
        [ "$verbose" = no ] || cat "$results.log"
    done < <(executables_of release kvm)
    if ! compgen -G "$directory/*.status" >/dev/null; then
        record_skipped emulated 1 "the kvm tier has no tests yet"
        return
    fi
    record_results emulated "$directory" "$((SECONDS - started))"
}

tier_end_to_end()
{
    say "end_to_end"
    run_executables end_to_end release end_to_end 1
}

# A campaign on a Slurm that lives as long as its test. Without its packages the other tiers run still.
# shellcheck disable=SC2154 # the tool and the examples are named in run.sh
tier_slurm()
{
    say "slurm"
    local test=tests/slurm/run_campaign_on_slurm number trouble directory log status=0
    local started=$SECONDS passed failed skipped
    number=$("$test" --list | wc -l)
    trouble=$(kvm_trouble)
    if [ -z "$trouble" ] && ! (setup slurm); then
        trouble="its packages could not be installed"
    fi
    if [ -n "$trouble" ]; then
        record_skipped slurm "$number" "$trouble"
        return
    fi
    directory=$(fresh_results slurm)
    log=$directory/$(basename "$test").log
    timeout --kill-after=30 "$slurm_time_limit" "$test" "$glacis" \
        "$examples/inventory/campaign.toml" </dev/null >"$log" 2>&1 || status=$?
    passed=$(grep -c '^passed: ' "$log") || true
    failed=$(grep -c '^failed: ' "$log") || true
    skipped=$(grep -c '^skipped: ' "$log") || true
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
        echo "failed: $(basename "$test") (exit status $status)" >>"$log"
    fi
    if [ "$verbose" = yes ]; then
        cat "$log"
    else
        grep -E '^(failed|skipped): ' "$log" | sed 's/^/    /' || true
        [ "$failed" -eq 0 ] || echo "    all of its output: ${log#"$root/"}"
    fi
    record slurm "$passed" "$failed" "$skipped" "$((SECONDS - started))"
}

# A short run of each fuzzer, the same each time: seeds from tests/fuzz/corpus/NAME, a fixed number of
# inputs, a fixed seed.
tier_fuzz()
{
    say "fuzz"
    local directory executable name corpus passed=0 failed=0 started
    if [ ! -e tests/fuzz/CMakeLists.txt ]; then
        record_skipped fuzz 1 "it has no tests yet"
        return
    fi
    if ! build fuzz tests_fuzz; then
        record_broken fuzz "it does not build"
        return
    fi
    directory=$(fresh_results fuzz)
    started=$SECONDS
    while read -r executable; do
        name=$(basename "$executable")
        corpus=$directory/$name.corpus
        mkdir "$corpus"
        [ ! -d "tests/fuzz/corpus/$name" ] || cp "tests/fuzz/corpus/$name"/* "$corpus/"
        if timeout --kill-after=10 "$fuzz_time_limit" "$executable" -seed=1 -runs="$fuzz_runs" \
            -timeout=20 -max_len=8192 -print_final_stats=1 "-artifact_prefix=$directory/$name." \
            "$corpus" </dev/null >"$directory/$name.log" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "    failed: $name (all of its output: ${directory#"$root/"}/$name.log):"
            tail -n 40 "$directory/$name.log" | sed 's/^/    | /'
        fi
        [ "$verbose" = no ] || cat "$directory/$name.log"
    done < <(executables_of fuzz fuzz)
    record fuzz "$passed" "$failed" 0 "$((SECONDS - started))"
}

# ---- the command -----------------------------------------------------------------------------------

is_chosen()
{
    [[ " $tiers " == *" $1 "* ]]
}

parse_test_options()
{
    local tier
    tiers=$all_tiers
    verbose=no
    sanitizers=yes
    while [ $# -gt 0 ]; do
        case $1 in
        --tier | --tiers)
            [ $# -ge 2 ] || no_more_arguments test "$1"
            tiers=${2//,/ }
            shift
            ;;
        --tier=* | --tiers=*)
            tiers=${1#*=}
            tiers=${tiers//,/ }
            ;;
        --no-sanitizers) sanitizers=no ;;
        -v | --verbose) verbose=yes ;;
        *) no_more_arguments test "$1" ;;
        esac
        shift
    done
    for tier in $tiers; do
        [[ " $all_tiers " == *" $tier "* ]] || no_more_arguments test "--tier $tier"
    done
}

# The whole count is the last line, whatever happened before it.
finish()
{
    local line
    echo
    for line in "${summary[@]}"; do
        echo "$line"
    done
    echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
    [ "$total_failed" -eq 0 ]
}

test_command()
{
    local tiers verbose sanitizers tier
    parse_test_options "$@"
    setup build test emulated
    say "building"
    if ! build release all; then
        record_broken build "the tests cannot run"
        finish
        exit 1
    fi
    for tier in $all_tiers; do
        ! is_chosen "$tier" || "tier_$tier"
    done
    finish || exit 1
}
