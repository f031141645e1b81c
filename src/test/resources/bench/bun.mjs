// Every tick of the channel to every client, by Bun's own WebSocket server. Arguments: Redis, channel.
import Redis from "ioredis";

const [redis, channel] = process.argv.slice(2);
const TOPIC = "ticks";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("WebSocket only", { status: 426 }),
  websocket: {
    perMessageDeflate: false,
    open: (socket) => socket.subscribe(TOPIC),
    message: () => {},
  },
});

const subscriber = new Redis(redis);
subscriber.on("message", (from, tick) => server.publish(TOPIC, tick));
await subscriber.subscribe(channel);
console.log(JSON.stringify({ port: server.port }));
process.stdin.resume().on("end", () => process.exit(0));
