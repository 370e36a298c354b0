// A session bus with a real keyring on it, which keeps what it is given in a folder of the stage's, under a password.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './stage.mjs';

// It starts nothing by itself: what is not on it is not there.
const bus = (socket) => `<busconfig><type>session</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

const OWNER = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.GetNameOwner'];

/** What a program of this session has in its environment. */
export async function sessionWithKeyring(stage) {
  const home = path.join(stage.folder, 'session');
  mkdirSync(home);
  const [socket, config] = ['bus', 'bus.conf'].map((name) => path.join(home, name));
  writeFileSync(config, bus(socket));
  stage.run('dbus-daemon', 'bus', ['--nofork', `--config-file=${config}`]);
  await until('the bus, from Debian\'s package dbus-daemon', () => existsSync(socket));
  const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  const own = { ...env, HOME: home, XDG_DATA_HOME: path.join(home, 'data'), XDG_RUNTIME_DIR: home };
  stage.run('gnome-keyring-daemon', 'keyring', ['--foreground', '--unlock', '--components=secrets'], own, 'a password\n');
  await until('the keyring, from Debian\'s package gnome-keyring', () => {
    execFileSync('dbus-send', [...OWNER, 'string:org.freedesktop.secrets'], { env: { ...process.env, ...env }, stdio: 'ignore' });
    return true;
  });
  return env;
}
