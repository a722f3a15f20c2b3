#!/usr/bin/env bash
# Counts the instructions of small fixed cases under callgrind and compares them with benches/instructions.txt: more than
# 3 % away fails. `--update` writes the figures anew. Without valgrind it is skipped, unless CRM_REQUIRE=all.
#
# The figures are of the processor that valgrind shows to a program, which has no SHA instructions: SHA-256 runs in software
# on every machine alike (some 1,900 instructions a block, where a real processor with them takes some 50 ns). What is left
# of the machine is which copy and compare loops the C library picks; the tunables below pin those.
set -euo pipefail
cd "$(dirname "$0")/.."
figures=benches/instructions.txt
if ! command -v valgrind >/dev/null; then
    echo "valgrind is not installed: instructions are not counted"
    [ "${CRM_REQUIRE:-}" != all ]
    exit
fi
# With the command line beside it, so that what was built for that is used again.
cargo build -q --release -p crm-cli -p crm-benches --bins --example counted
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-ERMS,-FSRM
program=target/release/examples/counted
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
while read -r name count; do
    valgrind --tool=callgrind --demangle=no --collect-atstart=no '--toggle-collect=*counted8measured*' \
        --callgrind-out-file="$scratch/$name" "$program" "$name" >"$scratch/log" 2>&1 ||
        { cat "$scratch/log"; exit 1; }
    total=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/log")
    each=$((total / count))
    echo "$name $each" >>"$scratch/found"
    known=$(sed -n "s/^$name \([0-9]*\)$/\1/p" "$figures" 2>/dev/null || true)
    if [ "${1:-}" != --update ]; then
        if [ -z "$known" ] || [ $((each * 100)) -gt $((known * 103)) ] || [ $((each * 100)) -lt $((known * 97)) ]; then
            echo "$name: $each instructions each, ${known:-no figure} known"
            failed=1
        fi
    fi
done < <("$program")
if [ "${1:-}" = --update ]; then
    cp "$scratch/found" "$figures"
    cat "$figures"
elif [ "$failed" = 1 ]; then
    echo "better or worse by more than 3 %: benches/instructions.sh --update, and say why in the commit"
    exit 1
fi
