#!/usr/bin/env bash
# nodemailer 10.6.1 sends to the first of two addresses without a comma between them, and takes the other one as its name.
#
# Expected: both get the mail, as with a comma or a semicolon, or the message is refused.
# Seen:     "ops@x.example dev@x.example" goes to ops alone, under the display name "dev@x.example"; the mail is accepted,
#           and nothing in the answer names a rejected address. A text without an address ("ops") is sent to nobody.
# Sure:     run with the version below, with the transport that only writes the message down.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund nodemailer@10.6.1
cat >send.mjs <<'JS'
import nodemailer from 'nodemailer';

const transport = nodemailer.createTransport({ jsonTransport: true });
for (const to of ['ops@x.example, dev@x.example', 'ops@x.example; dev@x.example', 'ops@x.example dev@x.example', 'ops']) {
  const sent = await transport.sendMail({ from: 'a@x.example', to, subject: 's', text: 't' });
  console.log(`${to} -> ${sent.envelope.to.join(' and ') || 'nobody'}; rejected: ${sent.rejected?.length ?? 0}`);
}
JS
node send.mjs | tee seen
diff - seen <<'SEEN'
ops@x.example, dev@x.example -> ops@x.example and dev@x.example; rejected: 0
ops@x.example; dev@x.example -> ops@x.example and dev@x.example; rejected: 0
ops@x.example dev@x.example -> ops@x.example; rejected: 0
ops -> nobody; rejected: 0
SEEN
echo 'as stated'
