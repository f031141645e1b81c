// Every tick of the channel to every client, by Node's ws. Arguments: Redis, channel.
import { WebSocketServer, WebSocket } from "ws";
import Redis from "ioredis";

const [redis, channel] = process.argv.slice(2);
const MOST_WAITING = 65536;

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => socket.on("error", () => {}));

const subscriber = new Redis(redis);
subscriber.on("messageBuffer", (from, tick) => {
  for (const socket of server.clients) {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MOST_WAITING) {
      socket.send(tick, { binary: false });
    }
  }
});
await subscriber.subscribe(channel);
console.log(JSON.stringify({ port: server.address().port }));
process.stdin.resume().on("end", () => process.exit(0));
