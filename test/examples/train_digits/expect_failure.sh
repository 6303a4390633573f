#!/bin/bash
# expect_failure.sh REGEX COMMAND...: succeeds where the command ends with
# status 1 and its standard error has a line that matches REGEX.
regex=$1
shift
errors=$("$@" 2>&1 >/dev/null)
status=$?
if [[ $status -ne 1 ]]; then
  echo "exit status $status, expected 1; standard error:"
  echo "$errors"
  exit 1
fi
if ! grep -qE -- "$regex" <<<"$errors"; then
  echo "no line matches '$regex' in:"
  echo "$errors"
  exit 1
fi
