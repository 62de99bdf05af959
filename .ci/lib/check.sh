# shellcheck shell=bash disable=SC2154
# What a reviewer should not have to say.  Every check is a function that prints what is wrong and
# fails; all of them run, also after one has failed.

# Tracked and new files of this tree, by name pattern.
sources() # pattern...
{
    git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@" |
        while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

c_and_cpp_sources()
{
    sources '*.c' '*.cpp' '*.h' '*.hpp'
}

check_format()
{
    local unformatted
    # shellcheck disable=SC2016
    unformatted=$(c_and_cpp_sources | xargs -d '\n' -r -P "$(nproc)" -n 16 sh -c '
        for file; do
            clang-format-14 --dry-run -Werror "$file" 2>/dev/null || echo "    $file"
        done' -)
    [ -n "$unformatted" ] || return 0
    echo "clang-format-14 -i would change:"
    echo "$unformatted"
    return 1
}

check_shell()
{
    local scripts
    scripts=$(sources | while IFS= read -r file; do
        case $file in
        *.sh | *.sbatch) echo "$file" ;;
        *.*) ;;
        *) ! head -n 1 "$file" | grep -aqE '^#!.*\b(ba)?sh\b' || echo "$file" ;;
        esac
    done)
    # Not a pipe from the loop: shellcheck has to see all the files in one call.
    xargs -d '\n' -r shellcheck -x --source-path=SCRIPTDIR <<<"$scripts"
}

# Architecture differences sit in arch/ALL of it; shared code has no conditional on the architecture.
check_architecture_conditionals()
{
    local pattern='^[[:space:]]*#[[:space:]]*(el)?if.*(x86_64|aarch64|amd64|arm64|__i386)' found
    found=$(c_and_cpp_sources | grep -v '/arch/' | xargs -d '\n' -r grep -nE "$pattern" || true)
    [ -z "$found" ] && return
    echo "conditionals on the architecture belong below arch/:"
    echo "$found"
    return 1
}

# Each ABI header alone, in C11, in C++ and, where it speaks of it, in assembler.
check_abi_headers()
{
    local file header status=0
    local compile=(-Iabi/include -Wall -Wextra -Werror -pedantic-errors -fsyntax-only -)
    while IFS= read -r file; do
        header=$(printf '#include <%s>\nextern int not_empty;\n' "${file#abi/include/}")
        gcc -x c -std=c11 "${compile[@]}" <<<"$header" || status=1
        g++ -x c++ -std=c++20 "${compile[@]}" <<<"$header" || status=1
        ! grep -qi assembler "$file" ||
            gcc -x assembler-with-cpp -Iabi/include -c -o /dev/null - <<<"${header%%$'\n'*}" || status=1
    done < <(sources 'abi/include/*.h')
    return "$status"
}

# Every header of host code compiles on its own.
check_header_is_self_contained() # header, flags...
{
    local header=$1
    shift
    clang++-14 -x c++ -std=c++20 -fsyntax-only -Wno-pragma-once-outside-header "$@" "$header"
}

check_host_headers()
{
    export -f check_header_is_self_contained
    sources 'supervisor/*.hpp' 'vmm/*.hpp' |
        xargs -d '\n' -r -P "$(nproc)" -I '{}' bash -c 'check_header_is_self_contained "$@"' - '{}' \
            -Iabi/include -Isupervisor/include -Isupervisor/src -Ivmm "-Ivmm/arch/$(uname -m)"
}

check_clang_build()
{
    build clang all
}

# ---- clang-tidy, remembered ------------------------------------------------------------------------

# Everything a finding can depend on: rules, command and the contents of the file and of the headers it
# includes from this tree.
tidy_fingerprint() # source
{
    {
        sha256sum .clang-tidy
        grep -F "\"file\": \"$root/$1\"" -B 2 build/clang/compile_commands.json
        awk -v source="$root/$1" -v tree="$root/" '
            /^[^ ].*: #deps/ { if (matches) exit; matches = 0; count = 0; next }
            $1 == source { matches = 1 }
            index($1, tree) == 1 { paths[count++] = $1 }
            END { if (matches) for (i = 0; i < count; i++) print paths[i] }' build/clang/dependencies |
            sort -u | xargs -d '\n' -r sha256sum
        sha256sum "$1"
    } | sha256sum | cut -d ' ' -f 1
}

tidy_one() # source
{
    local fingerprint output
    fingerprint=$(tidy_fingerprint "$1")
    [ ! -e "build/clang/tidy/$fingerprint" ] || return 0
    if output=$(clang-tidy-14 --quiet -p build/clang "$1" 2>&1); then
        : >"build/clang/tidy/$fingerprint"
    else
        grep -v 'warnings generated' <<<"$output"
        return 1
    fi
}

check_tidy()
{
    configure clang || return 1
    mkdir -p build/clang/tidy
    ninja -C build/clang -t deps 2>/dev/null | sed 's/^ *//; s/: #deps/&/' >build/clang/dependencies
    export root
    export -f tidy_one tidy_fingerprint
    # shellcheck disable=SC2016
    sources 'supervisor/*.cpp' 'vmm/*.cpp' 'bench/*.cpp' 'tests/*.cpp' |
        while IFS= read -r source; do
            ! grep -qF "\"file\": \"$root/$source\"" build/clang/compile_commands.json || echo "$source"
        done | xargs -d '\n' -r -P "$(nproc)" -n 1 bash -c 'tidy_one "$1"' -
}

# ---- the command -----------------------------------------------------------------------------------

run_check() # name, function
{
    say "$1"
    "$2" && return
    failed_checks+=("$1")
}

check_command()
{
    local quick=no failed_checks=()
    if [ "${1:-}" = --quick ]; then
        quick=yes
        shift
    fi
    no_more_arguments check "$@"
    if [ "$quick" = yes ]; then
        setup build check
    else
        setup build test check
    fi
    run_check "format" check_format
    run_check "shell scripts" check_shell
    run_check "conditionals on the architecture" check_architecture_conditionals
    run_check "ABI headers alone, in C11, C++20 and assembler" check_abi_headers
    if [ "$quick" = no ]; then
        run_check "host headers alone" check_host_headers
        run_check "build with clang" check_clang_build
        run_check "clang-tidy" check_tidy
    fi
    if [ "${#failed_checks[@]}" -gt 0 ]; then
        warn "failed: $(printf '%s; ' "${failed_checks[@]}")"
        exit 1
    fi
    say "all checks passed"
}
