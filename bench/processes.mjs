// What processes use, from Linux's /proc: those that this script has started, and those that they have.

import { readdirSync, readFileSync } from 'node:fs';
import { sleep } from '../tests/browser/stage.mjs';

/** All processes: name, parent, and the CPU seconds that each has used so far. */
function processes() {
  const all = new Map();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name, in brackets, may hold spaces: fields count from behind it (proc_pid_stat(5): ppid 4, utime 14, stime 15).
      const end = stat.lastIndexOf(')');
      const fields = stat.slice(end + 2).split(' ').map(Number);
      const name = stat.slice(stat.indexOf('(') + 1, end);
      all.set(Number(pid), { name, parent: fields[1], used: (fields[11] + fields[12]) / 100 });
    } catch {
      // It has ended meanwhile.
    }
  }
  return all;
}

/** The shares of a core that processes use for so many seconds, in percent: of those whose names fit the first, the second ... */
export async function shares(names, seconds) {
  const begin = performance.now();
  const before = processes();
  await sleep(seconds * 1000);
  const after = processes();
  const passed = (performance.now() - begin) / 1000;
  const isOurs = (pid) => pid === process.pid || (after.has(pid) && isOurs(after.get(pid).parent));
  return names.map((name) => {
    const fitting = [...after].filter(([pid, found]) => name.test(found.name) && isOurs(pid));
    if (fitting.length === 0) throw new Error(`no process is called ${name}`);
    const used = fitting.reduce((sum, [pid, found]) => sum + found.used - (before.get(pid)?.used ?? 0), 0);
    return (used / passed) * 100;
  });
}
