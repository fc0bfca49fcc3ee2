#!/bin/sh
# Waits until a Job has ended, well (status 0) or not (1), of which kubectl wait knows one alone:
#
#   deploy/kubernetes/wait.sh actinit-tanh [NAMESPACE]
#
# Status 2: there is no such Job, or kubectl has failed six times in a row.
set -eu
[ $# -ge 1 ] || { echo "wait.sh: want JOB [NAMESPACE]" >&2; exit 2; }
job=$1 namespace=${2:-default} failures=0
ask() { kubectl -n "$namespace" get job "$job" --ignore-not-found -o "jsonpath=$1"; }
while :; do
  if ended=$(ask '{.metadata.name}{"\n"}{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}'); then
    failures=0
    [ -n "$ended" ] || { echo "there is no job $job in the namespace $namespace" >&2; exit 2; }
  else
    failures=$((failures + 1))
    [ $failures -lt 6 ] || exit 2
  fi
  case "
$ended
" in
  *"
Complete
"*) exit 0 ;;
  *"
Failed
"*)
    why=$(ask '{.status.conditions[?(@.type=="Failed")].message}') || why='kubectl cannot say why'
    shards=$(ask '{.status.failedIndexes}') || shards=
    echo "$job has failed: $why${shards:+: shards (from 0) $shards}" >&2
    exit 1
    ;;
  esac
  sleep "${ACTINIT_POLL:-10}"
done
