#!/usr/bin/env bash
# Node 24.21.0: zstdDecompressSync() gives the first frame of several and leaves out the rest, without an error.
#
# Expected: all frames, as gunzipSync() gives all members of gzip. RFC 8878 (3): compressed data is one or more frames,
#           which decompress independently and are put together. `zstd -d` does so.
# Seen:     the first frame alone. The stream does the same if two frames come in one chunk. If each has a chunk of its
#           own, it gives both. So the result depends on how the network cut the bytes. undici's decompress() and
#           fetch() use the stream. Only `bytesWritten` shows that bytes were left.
# Sure:     run with the version below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
cat >frames.mjs <<'JS'
import { once } from 'node:events';
import * as zlib from 'node:zlib';

const [first, second] = ['one', 'two'];
const both = (compress) => [first, second].map((text) => compress(Buffer.from(text)));
console.log('gzip:', String(zlib.gunzipSync(Buffer.concat(both(zlib.gzipSync)))));
const frames = both(zlib.zstdCompressSync);
console.log('zstd:', String(zlib.zstdDecompressSync(Buffer.concat(frames))));
async function streamed(chunks) {
  const stream = zlib.createZstdDecompress();
  let text = '';
  stream.on('data', (bytes) => {
    text += bytes;
  });
  for (const chunk of chunks) {
    stream.write(chunk);
    await new Promise((done) => setTimeout(done, 100));
  }
  stream.end();
  await Promise.race([once(stream, 'end'), new Promise((done) => setTimeout(done, 1000))]);
  return text;
}
console.log('zstd, streamed in one chunk:', await streamed([Buffer.concat(frames)]));
console.log('zstd, streamed in two chunks:', await streamed(frames));
process.exit();
JS
node_modules/.bin/node frames.mjs | tee seen
diff - seen <<'SEEN'
gzip: onetwo
zstd: one
zstd, streamed in one chunk: one
zstd, streamed in two chunks: onetwo
SEEN
echo 'as stated'
