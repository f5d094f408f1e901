#!/bin/sh
# Deploys a FastAPI application with an HTTP API in front, and visits it:  eval "$(lambent env)"; sh deploy.sh
# RUNTIME=python3.11 sh deploy.sh takes another runtime than python3.12; the layer is built for that version, by whichever pip runs.
set -eu
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -r "$build"' EXIT
runtime="${RUNTIME:-python3.12}"
python3 -m pip install --quiet --target "$build/python" --python-version "${runtime#python}" --only-binary :all: fastapi
(cd "$build" && python3 -m zipfile -c layer.zip python)
layer=$(aws lambda publish-layer-version --layer-name fastapi --zip-file "fileb://$build/layer.zip" \
  --query LayerVersionArn --output text)
python3 -m zipfile -c "$build/code.zip" main.py
# So that this can be run again:
aws lambda delete-function --function-name catalog > "$build/was-there" 2> "$build/was-not-there" || true
for api in $(aws apigatewayv2 get-apis --query "Items[?Name=='catalog'].ApiId" --output text); do
  aws apigatewayv2 delete-api --api-id "$api"
done
arn=$(aws lambda create-function --function-name catalog --runtime "$runtime" --handler main.app --timeout 10 --memory-size 512 \
  --role arn:aws:iam::000000000000:role/catalog --zip-file "fileb://$build/code.zip" --layers "$layer" \
  --query FunctionArn --output text)
aws lambda wait function-active-v2 --function-name catalog
aws lambda add-permission --function-name catalog --statement-id api --action lambda:InvokeFunction \
  --principal apigateway.amazonaws.com > "$build/permission.json"
url=$(aws apigatewayv2 create-api --name catalog --protocol-type HTTP --target "$arn" --query ApiEndpoint --output text)
curl -s -X PUT "$url/items/1" -H 'content-type: application/json' -d '{"name": "cup", "price": 4.5}'
echo
curl -s "$url/items/1"
echo
echo "documentation: $url/docs"
