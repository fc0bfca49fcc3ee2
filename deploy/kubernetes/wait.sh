#!/bin/sh
# Waits until a Job has ended, well (status 0) or not (1), of which kubectl wait knows one alone:
#
#   deploy/kubernetes/wait.sh actinit-tanh [NAMESPACE]
set -eu
[ $# -ge 1 ] || { echo "wait.sh: want JOB [NAMESPACE]" >&2; exit 2; }
job=$1 namespace=${2:-default}
while :; do
  ended=$(kubectl -n "$namespace" get job "$job" -o 'jsonpath={range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}') || exit 2
  case "
$ended
" in
  *"
Complete
"*) exit 0 ;;
  *"
Failed
"*)
    why=$(kubectl -n "$namespace" get job "$job" -o 'jsonpath={.status.conditions[?(@.type=="Failed")].message}')
    shards=$(kubectl -n "$namespace" get job "$job" -o 'jsonpath={.status.failedIndexes}')
    echo "$job has failed: $why${shards:+: shards (from 0) $shards}" >&2
    exit 1
    ;;
  esac
  sleep "${ACTINIT_POLL:-10}"
done
