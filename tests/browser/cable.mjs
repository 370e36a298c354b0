// A cable between browser and server that can be pulled, or can go dead without a word.

import net from 'node:net';

export async function cable(stage) {
  const { hostname, port } = new URL(stage.http);
  const open = new Set();
  let isFrozen = false;
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
    if (isFrozen) return;
    near.pipe(far).pipe(near);
  });
  const listen = (at) => new Promise((done) => server.listen(at, '127.0.0.1', done));
  await listen(0);
  const at = server.address().port;
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  stage.atEnd(() => {
    server.close();
    cut();
  });
  return {
    http: `http://127.0.0.1:${at}`,
    pull: () =>
      new Promise((done) => {
        server.close(done);
        cut();
      }),
    plug: () => listen(at),
    /** Everything stays connected and nothing comes through, as when a router goes away; nor does it later. */
    freeze: () => {
      isFrozen = true;
      for (const socket of open) socket.unpipe().pause();
    },
    /** What is connected from now on works. */
    thaw: () => {
      isFrozen = false;
    },
  };
}
