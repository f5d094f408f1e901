#!/bin/sh
# Builds a layer from a PyPI package, deploys a function that uses it, and invokes it:  eval "$(lambent env)"; sh deploy.sh
# RUNTIME=python3.11 sh deploy.sh takes another runtime than python3.12.
set -eu
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -r "$build"' EXIT
python3 -m pip install --quiet --target "$build/python" humanize
(cd "$build" && python3 -m zipfile -c layer.zip python)
layer=$(aws lambda publish-layer-version --layer-name humanize --zip-file "fileb://$build/layer.zip" \
  --query LayerVersionArn --output text)
python3 -m zipfile -c "$build/code.zip" app.py
aws lambda delete-function --function-name with-layer 2> "$build/was-not-there" || true  # so that this can be run again
aws lambda create-function --function-name with-layer --runtime "${RUNTIME:-python3.12}" --handler app.handler \
  --role arn:aws:iam::000000000000:role/with-layer --zip-file "fileb://$build/code.zip" --layers "$layer"
aws lambda wait function-active-v2 --function-name with-layer
echo '{"number": 1234567890}' > "$build/event.json"
aws lambda invoke --function-name with-layer --payload "fileb://$build/event.json" "$build/answer.json"
cat "$build/answer.json"
