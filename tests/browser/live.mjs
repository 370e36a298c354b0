// A stage with a show on it, for the tests of what a viewer sees.

import { after } from 'node:test';
import { Stage } from './stage.mjs';

/** A stage on which ada is live. */
export async function live() {
  const stage = await Stage.open();
  after(() => stage.close());
  const ada = await stage.creator('ada');
  stage.ffmpeg(ada.key);
  await stage.untilLive('ada', 'source', 'aac', 'opus');
  return stage;
}
