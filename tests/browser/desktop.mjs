// A desktop for the studio to look at: an X display of the test's own, and a program with a window.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

/** A sound server of the test's own with one output, by which desktop sound is there. Returns its address. */
export async function soundServer() {
  const folder = mkdtempSync(path.join(tmpdir(), 'klieg-sound-'));
  const socket = path.join(folder, 'native');
  const modules = ['module-null-sink sink_name=desktop rate=48000', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`];
  const options = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'];
  const server = spawn('pulseaudio', [...options, ...modules.map((module) => `--load=${module}`)], {
    env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder },
    stdio: 'ignore',
  });
  after(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  // The file is there before anybody is let in.
  const answers = () =>
    new Promise((tell) => {
      const call = net.connect(socket, () => tell(true)).on('error', () => tell(false));
      call.on('connect', () => call.destroy());
    });
  await until('a sound server', answers, 40_000);
  return `unix:${socket}`;
}

/** A program with a window that is all red. */
export function program(name) {
  const picture = ['videotestsrc', 'pattern=red', 'is-live=true', '!', 'video/x-raw,width=640,height=360', '!', 'ximagesink'];
  const running = spawn('gst-launch-1.0', ['-q', ...picture], { env: { ...process.env, DISPLAY: name }, stdio: 'ignore' });
  after(() => running.kill());
  return running;
}
