// This site keeps nothing on the device (OFFLINE=false): what an earlier worker kept goes, and so does the worker.

addEventListener("install", () => skipWaiting());

addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  const ours = (await caches.keys()).filter((name) => name.startsWith("cramps-"));
  await Promise.all(ours.map((name) => caches.delete(name)));
  await registration.unregister();
}
