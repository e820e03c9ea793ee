#!/bin/sh
# Makes the secrets of compose.yaml, once, in ./secrets. Needs openssl.
set -eu
cd "$(dirname "$0")"
if [ -e secrets ]; then
  echo "secrets/ is there already: the data was made with it, so it stays as it is" >&2
  exit 1
fi
umask 077
mkdir secrets
postgres=$(openssl rand -hex 24)
s3=$(openssl rand -hex 24)
key_id=AKIA$(openssl rand -hex 8 | tr '[:lower:]' '[:upper:]')
root=$(openssl rand -hex 24)

printf %s "$postgres" > secrets/postgres-password
cat > secrets/s3.env <<ENV
ROOT_ACCESS_KEY=portside
ROOT_SECRET_KEY=$s3
ENV
cat > secrets/portside.toml <<TOML
database = "postgresql://portside:$postgres@postgres/portside"
blobs_access_key_id = "portside"
blobs_secret_access_key = "$s3"
secrets_key = "$(openssl rand -base64 32)"
root_access_key_id = "$key_id"
root_secret_access_key = "$root"
TOML
# Containers read them as users of their own; the folder keeps everybody else on this machine out.
chmod 444 secrets/portside.toml secrets/postgres-password

echo "The root user's access key:"
echo "  export AWS_ACCESS_KEY_ID=$key_id"
echo "  export AWS_SECRET_ACCESS_KEY=$root"
echo "  export AWS_DEFAULT_REGION=us-east-1"
echo "  export AWS_ENDPOINT_URL=http://localhost:5000"
