#!/bin/sh
# Deploys hello to the platform that the AWS variables point at, and invokes it:  eval "$(lambent env)"; sh deploy.sh
# RUNTIME=python3.11 sh deploy.sh takes another runtime than python3.12.
set -eu
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -r "$build"' EXIT
python3 -m zipfile -c "$build/code.zip" app.py
echo '{"name": "Ada"}' > "$build/event.json"
aws lambda delete-function --function-name hello 2> "$build/was-not-there" || true  # so that this can be run again
aws lambda create-function --function-name hello --runtime "${RUNTIME:-python3.12}" --handler app.handler \
  --role arn:aws:iam::000000000000:role/hello --zip-file "fileb://$build/code.zip"
aws lambda wait function-active-v2 --function-name hello
aws lambda invoke --function-name hello --payload "fileb://$build/event.json" "$build/answer.json"
cat "$build/answer.json"
