// A desktop for the studio to look at: an X display of the test's own, and a program with a window.

import { spawn } from 'node:child_process';
import { after } from 'node:test';
import { until } from './stage.mjs';

/** An X display of the test's own, where the studio will look for screens and windows. */
export async function display() {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  after(() => server.kill());
  let said = '';
  server.stdout.on('data', (data) => (said += data));
  return `:${await until('a display', () => said.includes('\n') && said.trim())}`;
}

/** A program with a window that is all red. */
export function program(name) {
  const picture = ['videotestsrc', 'pattern=red', 'is-live=true', '!', 'video/x-raw,width=640,height=360', '!', 'ximagesink'];
  const running = spawn('gst-launch-1.0', ['-q', ...picture], { env: { ...process.env, DISPLAY: name }, stdio: 'ignore' });
  after(() => running.kill());
  return running;
}
