// A stream key is given once. It outlives the studio in a real keyring, and is in no file.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { sessionWithKeyring } from './keyring.mjs';
import { Stage, until } from './stage.mjs';
import { Studio } from './studio.mjs';

/** What this answers of a file or folder; `instead` if it goes meanwhile, or gets its name only now. */
function unlessGone(instead, read) {
  try {
    return read();
  } catch (error) {
    if (error.code === 'ENOENT') return instead;
    throw error;
  }
}

/** All files in a folder and in those within it. */
function files(folder) {
  return unlessGone([], () => readdirSync(folder, { withFileTypes: true })).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return files(name);
    return entry.isFile() ? [name] : [];
  });
}

test('a key is used after a restart and after a crash, and stands in no file', async () => {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  const session = await sessionWithKeyring(stage);

  const open = async () => {
    const studio = await Studio.open(stage, session);
    await until('the state', () => studio.state);
    return studio;
  };
  const hasKey = (studio) => until('the key', () => studio.state.keys.includes('second'));
  const goLive = async (studio) => {
    await studio.command({ command: 'go_live', announcement: {} });
    await until('live', () => studio.state.show.is === 'live', 40_000);
    await stage.untilLive('ada', 'source');
  };
  const holds = (file) => unlessGone(false, () => readFileSync(file).includes(ada.key));
  const stands = () => files(stage.folder).filter(holds);

  const first = await open();
  await first.command({ command: 'welcomed' });
  await first.command({ command: 'open_keyring' });
  await first.edit({ edit: 'set_canvas', canvas: { width: 320, height: 180, fps: 30 } });
  const scene = first.state.collection.scenes[0].name;
  await first.edit({ edit: 'add_source', scene, source: { kind: 'test', name: 'Ball', pattern: 'ball' } });
  const destination = { id: 'second', name: 'Second', kind: 'whip', url: `${stage.http}/whip`, enabled: true };
  await first.command({ command: 'set_destination', destination, key: ada.key });
  await hasKey(first);
  await first.close();

  const second = await open();
  await hasKey(second);
  await goLive(second);
  await second.crash();

  const third = await open();
  await hasKey(third);
  // What is live next is not what the crash left behind.
  await until('nobody is live', async () => (await stage.api('GET', '/channels/ada')).live === null, 90_000);
  await third.command({ command: 'open_collection', name: third.state.crashed });
  await goLive(third);
  assert.deepEqual(stands(), []);
  await third.command({ command: 'end_show' });

  await third.command({ command: 'remove_destination', id: 'second' });
  await third.close();
  const fourth = await open();
  await fourth.command({ command: 'set_destination', destination: { ...destination, kind: 'klieg', url: stage.http } });
  await assert.rejects(fourth.command({ command: 'go_live', announcement: {} }), /has no stream key/);
  assert.deepEqual(stands(), []);
});
