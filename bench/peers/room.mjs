// A room as others would build it, to be measured beside Klieg's by the same clients: whatever one says, all hear.
//
// node room.mjs ws|socket.io    prints the port

import http from 'node:http';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

const server = http.createServer();
const event = ({ room, text, nonce }, offset) => ({
  is: 'event', room, offset, event: 'message',
  message: { id: nonce, author: { handle: 'bench', badges: ['creator'] }, text, at: new Date().toISOString() },
});
let offset = 0;

const kinds = {
  ws() {
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        const request = JSON.parse(data);
        if (request.do === 'say') {
          const text = JSON.stringify(event(request, ++offset));
          for (const other of sockets.clients) other.send(text);
        }
        socket.send(JSON.stringify({ is: 'done', id: request.id }));
      });
    });
  },
  'socket.io'() {
    const io = new Server(server, { transports: ['websocket'], serveClient: false });
    io.on('connection', (socket) => {
      socket.join('bench');
      socket.on('say', (request) => {
        io.to('bench').emit('message', event(request, ++offset));
        socket.emit('done', { id: request.id });
      });
    });
  },
};

kinds[process.argv[2]]();
server.listen(0, '127.0.0.1', 65_535, () => console.log(server.address().port));
