#!/usr/bin/env bash
# Has one live turn of an agent streamed, then compares what was streamed, the agent's transcript and the event log.
# Usage: verify_streaming_pipeline.sh <agent>; AGENTICORE_URL and AGENTICORE_API_KEY say which server. Exit 1 where they
# differ, or the stream is none.
set -euo pipefail
agent=${1:?usage: verify_streaming_pipeline.sh <agent>}
url=${AGENTICORE_URL:-http://127.0.0.1:8200}
headers=$(mktemp) stream=$(mktemp)
trap 'rm -f "$headers" "$stream"' EXIT

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

# The key goes to curl by its standard input: arguments can be read by others.
printf 'header = "authorization: Bearer %s"\n' "${AGENTICORE_API_KEY:-none}" |
  curl --config - --silent --show-error --no-buffer --max-time 600 --dump-header "$headers" --output "$stream" \
    --header 'content-type: application/json' --data \
    "{\"model\":\"$agent\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say in one sentence who you are.\"}]}" \
    "$url/v1/chat/completions"
grep -q '^HTTP/1.1 200' "$headers" || fail "the server answered: $(cat "$stream")"
grep -q '^data: {"error"' "$stream" && fail "$(grep -m1 '^data: {"error"' "$stream")"
grep -q '"x_agenticore_event_type":"text"' "$stream" || fail 'the stream has no text'
[ "$(grep '^data: ' "$stream" | tail -1)" = 'data: [DONE]' ] || fail 'the stream has no end'
echo "streamed: $(grep -c '^data: {' "$stream") frames"
session=$(tr -d '\r' <"$headers" | sed -n 's/^x-agenticore-session-id: //Ip')
[ -n "$session" ] || session=$(sed -n 's/.*"session_id":"\([^"]*\)".*/\1/p' "$stream" | tail -1)
exec agenticore audit "$session" --url "$url"
