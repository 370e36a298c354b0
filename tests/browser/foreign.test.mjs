// Klieg's engine and a WHIP server that is none of ours: Chromium answers the offer, and what it receives is measured.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { Stage, until } from './stage.mjs';

const KEY = 'somebody-elses-key';

const SHOW = (port) => `
[canvas]
width = 640
height = 360
fps = 30
[video]
bitrate = 800
[[sources]]
name = "picture"
kind = "test"
[[sources]]
name = "tone"
kind = "tone"
[[scene]]
source = "picture"
[[scene]]
source = "tone"
[[outputs]]
name = "foreign"
kind = "whip"
url = "http://127.0.0.1:${port}/whip"
key = "${KEY}"
`;

/** In the page: takes an offer and answers it with all candidates, as RFC 9725 allows. */
async function answer(offer) {
  const peer = new RTCPeerConnection();
  window.peer = peer;
  await peer.setRemoteDescription({ type: 'offer', sdp: offer });
  await peer.setLocalDescription(await peer.createAnswer());
  if (peer.iceGatheringState !== 'complete') {
    await new Promise((done) => peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && done()));
  }
  return peer.localDescription.sdp;
}

/** In the page: what has come of each kind. */
async function received() {
  const all = {};
  for (const report of (await window.peer.getStats()).values()) if (report.type === 'inbound-rtp') all[report.kind] = report;
  return all;
}

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

test('the engine broadcasts to a WHIP server of another make, and says goodbye', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const page = await (await stage.browser()).newPage();
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const body = await read(request);
    requests.push({ method: request.method, url: request.url, key: request.headers.authorization });
    if (request.method === 'POST') {
      const sdp = await page.evaluate(answer, body);
      response.writeHead(201, { 'content-type': 'application/sdp', location: '/sessions/1' }).end(sdp);
    } else {
      // It takes no candidates one by one, which is its right.
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());

  const engine = stage.engine(SHOW(server.address().port));
  await until('a picture and sound', async () => {
    if (!requests.length) return false;
    const { video, audio } = await page.evaluate(received);
    return video?.framesDecoded > 60 && audio?.packetsReceived > 100;
  });
  await until('more than 20 frames a second', async () => (await page.evaluate(received)).video.framesPerSecond > 20);
  const { video } = await page.evaluate(received);
  assert.deepEqual([video.frameWidth, video.frameHeight], [640, 360]);
  assert.ok(video.keyFramesDecoded >= 1);
  assert.equal(requests[0].key, `Bearer ${KEY}`);

  engine.kill('SIGTERM');
  await until('the session is deleted', () => requests.some(({ method, url }) => method === 'DELETE' && url === '/sessions/1'));
  assert.equal(requests.filter(({ method }) => method === 'POST').length, 1, 'it was never tried again');
});
