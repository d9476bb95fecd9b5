// The light end in a browser: the camera's video goes up, the portrait's comes back, each frame with its number in a
// strip of cells below the picture (puppet/remote/numbered_picture.py), so that the latency shown is measured.
"use strict";

const STRIP = 16, CELLS = 32, CAMERA = { width: 480, height: 360 };
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
const $ = (id) => document.getElementById(id);
const latency = { ms: [], sent: new Map(), last: 0 };
let token = sessionStorage.getItem("token") || "";
let control = null, hidden = false, failures = 0, sender = null;

const CRC = Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xEDB88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function bitsOf(number) {
  let crc = 0xFFFFFFFF;
  for (let byte = 0; byte < 3; byte++) crc = CRC[(crc ^ (number >>> (8 * byte))) & 0xFF] ^ (crc >>> 8);
  const all = BigInt(number) | BigInt((crc ^ 0xFFFFFFFF) & 0xFF) << 24n;
  return Array.from({ length: CELLS }, (_, index) => Number(all >> BigInt(index) & 1n));
}

function drawNumber(context, number, width, top) {
  bitsOf(number).forEach((bit, index) => {
    const left = Math.ceil(index * width / CELLS), right = Math.ceil((index + 1) * width / CELLS);
    context.fillStyle = bit ? "#fff" : "#000";
    context.fillRect(left, top, right - left, STRIP);
  });
}

function readNumber(pixels, width) {
  const sums = new Float64Array(CELLS), counts = new Float64Array(CELLS);
  for (let x = 0; x < width; x++) {
    const cell = Math.floor(x * CELLS / width);
    sums[cell] += pixels[4 * x + 1];
    counts[cell]++;
  }
  let number = 0;
  const bits = Array.from(sums, (sum, cell) => Number(sum / counts[cell] > 127));
  for (let index = 0; index < 24; index++) number |= bits[index] << index;
  return bitsOf(number).every((bit, index) => bit === bits[index]) ? number : null;
}

function say(text) { $("state").textContent = text; }

async function ask(what, values) {
  const response = await fetch(what, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values) });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}

async function openCamera() {
  const video = $("camera");
  if (!video.srcObject) {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { ...CAMERA, frameRate: 30, facingMode: "user" } });
    await video.play();
  }
  const canvas = document.createElement("canvas");
  canvas.width = CAMERA.width;
  canvas.height = CAMERA.height + STRIP;
  const context = canvas.getContext("2d");
  const stream = canvas.captureStream(0), [track] = stream.getVideoTracks();
  let number = 0;
  const draw = () => {
    const scale = Math.max(CAMERA.width / video.videoWidth, CAMERA.height / video.videoHeight);
    const width = video.videoWidth * scale, height = video.videoHeight * scale;
    context.drawImage(video, (CAMERA.width - width) / 2, (CAMERA.height - height) / 2, width, height);
    number = (number + 1) & 0xFFFFFF;
    drawNumber(context, number, CAMERA.width, CAMERA.height);
    latency.sent.set(number, performance.now());
    if (latency.sent.size > 120) latency.sent.delete(latency.sent.keys().next().value);
    if (!hidden) track.requestFrame();
    video.requestVideoFrameCallback(draw);
  };
  video.requestVideoFrameCallback(draw);
  return [track, stream];
}

function showPicture() {
  const video = $("picture"), stage = $("stage"), strip = document.createElement("canvas");
  const context = stage.getContext("2d"), numbers = strip.getContext("2d", { willReadFrequently: true });
  const draw = () => {
    const width = video.videoWidth, height = video.videoHeight - STRIP;
    if (height > 0) {
      if (stage.width !== width || stage.height !== height) Object.assign(stage, { width, height });
      context.drawImage(video, 0, 0, width, height, 0, 0, width, height);
      Object.assign(strip, { width, height: 1 });
      numbers.drawImage(video, 0, height + STRIP / 2, width, 1, 0, 0, width, 1);
      const number = readNumber(numbers.getImageData(0, 0, width, 1).data, width);
      if (number !== null && latency.sent.has(number)) {
        latency.ms.push(performance.now() - latency.sent.get(number));
        if (latency.ms.length > 90) latency.ms.shift();
      }
    }
    video.requestVideoFrameCallback(draw);
  };
  video.requestVideoFrameCallback(draw);
}

function showLatency() {
  if (!latency.ms.length || !control || control.readyState !== "open") return;
  const sorted = [...latency.ms].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.floor(share * (sorted.length - 1))]);
  document.body.dataset.p50 = at(.5);
  document.body.dataset.p95 = at(.95);
  say(`${hidden ? "Hidden" : "Live"} · camera to picture ${at(.5)} ms, 95 % within ${at(.95)} ms`);
}

async function connect([track, stream]) {
  const peer = new RTCPeerConnection({ iceServers: [] });
  peer.addTrack(track, stream);
  control = peer.createDataChannel("control");
  const ended = new Promise((resolve) => {
    peer.onconnectionstatechange = () => {
      if (["failed", "closed", "disconnected"].includes(peer.connectionState)) resolve();
    };
    control.onclose = resolve;
  });
  control.onmessage = (event) => hear(JSON.parse(event.data));
  control.onopen = () => { failures = 0; send(); };
  peer.ontrack = async (event) => {
    event.receiver.jitterBufferTarget = 0;
    $("picture").srcObject = new MediaStream([event.track]);
    await $("picture").play();
  };
  await peer.setLocalDescription(await peer.createOffer());
  if (peer.iceGatheringState !== "complete")
    await new Promise((resolve) => { peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve(); });
  try {
    const answer = await ask("offer", { token, sdp: peer.localDescription.sdp });
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await ended;
  } finally {
    peer.close();
  }
}

function hear(message) {
  if (message.kind === "portraits") {
    $("portrait").replaceChildren(...message.names.map((name) => new Option(name, name, false, name === message.shown)));
  } else if (message.kind === "failed") say(message.reason);
}

function send(extra = {}) {
  if (control && control.readyState === "open")
    control.send(JSON.stringify({ kind: "wish", portrait: $("portrait").value || "", hidden, calibrate: false, ...extra }));
}

async function run() {
  const camera = await openCamera();
  showPicture();
  setInterval(showLatency, 500);
  setInterval(() => send(), 1000);
  for (;;) {
    try {
      say("Connecting…");
      await connect(camera);
      say("The connection is lost; connecting again…");
    } catch (error) {
      say(error.message);
      if (error.status === 403) {
        sessionStorage.removeItem("token");
        location.reload();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]));
  }
}

async function begin() {
  $("login").hidden = true;
  $("controls").hidden = false;
  try {
    await run();
  } catch (error) {
    say(`The camera cannot be used: ${error.message}`);
  }
}

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    ({ token } = await ask("login", { code: $("code").value }));
    sessionStorage.setItem("token", token);
    begin();
  } catch (error) {
    say(error.message);
  }
});
$("portrait").addEventListener("change", () => send());
$("calibrate").addEventListener("click", () => send({ calibrate: true }));
$("hide").addEventListener("click", () => {
  hidden = !hidden;
  $("hide").setAttribute("aria-pressed", hidden);
  send();
});
if (token) begin();
