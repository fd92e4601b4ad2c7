// The timer of an exercise, in a screen of its own. First what happens when, as plain functions; then what is seen.
//
// A plan is what the exercise's fields say: hold, rest, repeats, minutes (0 where nothing is set) and `each`, one side
// after the other. A state says where in it the reader is: the `phase` ("hold", "move" where nothing is held, "rest",
// "wait" for a tap, "done"), `since` when, which `side`, whether the sides `change` before the next hold, and how often
// it was `held` on this side and in `all`. Times are milliseconds that the timer ran, pauses left out.

const SECOND = 1000;
const LAST = 10 * SECOND; // what is left when the reader is told so
const LONG = 20 * SECOND; // a hold in which that is worth telling
const NAP = 10 * SECOND; // away for so long, the reader is told of it
const RING = 101; // the length of its dash: a little more than round, so that no seam shows
const PATIENCE = 300 * SECOND; // for a tap, before the screen may go dark

function planOf({ hold, rest, repeats, minutes, sides }) {
  const numbers = { hold: +hold, rest: +rest, repeats: +hold && +repeats, minutes: +minutes };
  return { ...numbers, each: sides === "each" };
}

const whole = (plan) => plan.minutes * 60 * SECOND || Infinity;

function work(plan, state, at) {
  return { ...state, phase: plan.hold ? "hold" : "move", since: at, change: false };
}

function begin(plan) {
  return work(plan, { side: 1, held: 0, all: 0 }, 0);
}

// Return when the phase ends by itself. A hold is never cut short.
function end(plan, { phase, since, side }) {
  if (phase === "hold") return since + plan.hold * SECOND;
  if (phase === "move") return plan.each && side === 1 ? whole(plan) / 2 : whole(plan);
  if (phase === "rest") return Math.min(since + plan.rest * SECOND, whole(plan));
  return phase === "wait" ? whole(plan) : Infinity;
}

// Repeats count on each side, minutes for both. With neither, the sides take turns until the reader stops.
function isSideOver(plan, side, held, at) {
  if (plan.repeats) return held >= plan.repeats;
  return plan.minutes ? side === 1 && at >= whole(plan) / 2 : true;
}

function finish(state, at) {
  return { ...state, phase: "done", since: at, change: false };
}

function afterWork(plan, state, at) {
  const held = state.held + 1;
  const all = state.all + 1;
  const isEnough = plan.repeats && held >= plan.repeats && !(plan.each && state.side === 1);
  if (isEnough || at >= whole(plan)) return finish({ ...state, held, all }, at);
  const change = plan.each && isSideOver(plan, state.side, held, at);
  const next = change ? { side: 3 - state.side, held: 0 } : { held };
  return { ...state, ...next, phase: plan.rest ? "rest" : "wait", since: at, change, all };
}

function afterPhase(plan, state, at) {
  if (state.phase === "hold" || state.phase === "move") return afterWork(plan, state, at);
  return at >= whole(plan) ? finish(state, at) : work(plan, state, at);
}

// Return the state at a time, through all that has ended by itself since.
function advance(plan, state, at) {
  for (let over = end(plan, state); over <= at; over = end(plan, state)) state = afterPhase(plan, state, over);
  return state;
}

function tap(plan, before, at) {
  const state = advance(plan, before, at);
  return state.phase === "wait" ? work(plan, state, at) : state;
}

// Return whether the last seconds of all, or of a long hold, have begun.
function isLast(plan, state, at) {
  if (state.phase === "done") return false;
  const ofHold = state.phase === "hold" && plan.hold * SECOND >= LONG ? end(plan, state) : Infinity;
  return Math.min(whole(plan), ofHold) - at <= LAST;
}

function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / SECOND));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// The reader's choice of cues stays in the browser, if it keeps anything.
const KEPT = "cramps:timer";

function kept() {
  try {
    return JSON.parse(localStorage[KEPT]) ?? {};
  } catch {
    return {};
  }
}

function keep(choices) {
  try {
    localStorage[KEPT] = JSON.stringify(choices);
  } catch {} // then they are forgotten
}

// The screen stays on while that is needed, in a browser that can do so. Each call waits for the one before.
let turn = Promise.resolve(null); // of the lock that is held

function keepAwake(isNeeded) {
  turn = turn
    .then(async (lock) => {
      if (!isNeeded) return lock?.release();
      return lock && !lock.released ? lock : navigator.wakeLock.request("screen");
    })
    .catch(() => null); // none such, or the page is not seen
}

// Only a voice on the device itself: another would send the words to somebody.
function ownVoice() {
  const language = document.documentElement.lang.split("-")[0];
  const isOwn = ({ lang, localService }) => localService === true && lang.toLowerCase().split(/[-_]/)[0] === language;
  return globalThis.speechSynthesis?.getVoices().find(isOwn);
}

function speak(words) {
  const voice = ownVoice();
  if (!voice) return;
  speechSynthesis.cancel();
  speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(words), { voice, lang: voice.lang }));
}

function fill(words, values) {
  return words.replace(/{(\w+)}/g, (_, name) => values[name]);
}

// Return what the page says of the plan, in words.
function factsOf(part) {
  const named = [".hold", ".rest", ".repeats", ".minutes", ".sides"].map((name) => `.exercise-facts ${name}`);
  const facts = part.closest(".exercise").querySelectorAll(named.join());
  return [...facts].map(({ children: [name, words] }) => `${name.textContent}: ${words.textContent}`);
}

const template = () => document.getElementById("_timer").content;

class Timer {
  constructor(part) {
    this.plan = planOf(part.dataset);
    this.dialog = template().querySelector("dialog").cloneNode(true);
    this.words = this.dialog.dataset;
    this.find("h2").textContent = part.dataset.name;
    this.facts = factsOf(part);
    this.state = null; // before the start, and after it was stopped
    this.ran = 0; // until the last pause
    this.since = null; // when it went on, by the browser's steady clock, which no change of the hour moves
    this.listen();
    this.offerCues();
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.find(".timing-toggle").focus();
    this.show();
  }

  find(selector) {
    return this.dialog.querySelector(selector);
  }

  get isRunning() {
    return this.since !== null;
  }

  get time() {
    return this.ran + (this.isRunning ? performance.now() - this.since : 0);
  }

  listen() {
    const press = (name, act) => this.find(`.timing-${name}`).addEventListener("click", act);
    press("toggle", () => (this.isRunning ? this.pause() : this.start()));
    press("stop", () => this.stop());
    press("next", () => this.next());
    press("close", () => this.dialog.close());
    this.dialog.addEventListener("cancel", (event) => this.escape(event));
    this.ended = new AbortController();
    const { signal } = this.ended;
    this.dialog.addEventListener("close", () => this.leave(), { signal });
    const lookUp = () => (document.hidden ? this.goAway() : this.comeBack());
    document.addEventListener("visibilitychange", lookUp, { signal });
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", () => this.offerSpeech(), { signal });
  }

  offerCues() {
    for (const input of this.dialog.querySelectorAll("input")) {
      input.checked = kept()[input.name] === true;
      input.addEventListener("change", () => keep({ ...kept(), [input.name]: input.checked }));
    }
    this.find("[name=vibrate]").closest("label").hidden = !navigator.vibrate;
    this.offerSpeech();
  }

  offerSpeech() {
    this.find(".timing-mute").hidden = Boolean(ownVoice());
    this.find("[name=speak]").disabled = !ownVoice();
  }

  // Start, or go on after a pause.
  start() {
    if (this.state?.phase === "done") this.state = null;
    if (!this.state) this.ran = 0;
    this.note("");
    this.since = performance.now();
    this.ticking = setInterval(() => this.tick(), 100);
    keepAwake(true);
    this.tick();
  }

  pause() {
    this.tick();
    this.halt();
    this.show();
  }

  stop() {
    this.halt();
    this.note(fill(this.words.stopped, { time: clock(this.ran) }));
    this.state = null;
    this.show();
  }

  halt() {
    this.ran = this.time;
    this.since = null;
    clearInterval(this.ticking);
    keepAwake(false);
  }

  next() {
    this.note("");
    keepAwake(true);
    this.become(tap(this.plan, this.state, this.time));
  }

  // Escape asks nothing: it pauses what runs, and closes what stands still.
  escape(event) {
    if (!this.isRunning) return;
    event.preventDefault();
    this.pause();
  }

  leave() {
    this.halt();
    this.ended.abort();
    globalThis.speechSynthesis?.cancel();
    this.dialog.remove();
  }

  goAway() {
    this.left = performance.now();
  }

  comeBack() {
    if (!this.isRunning) return;
    const away = performance.now() - this.left;
    if (away >= NAP) this.note(fill(this.words.away, { time: clock(away) }));
    keepAwake(true);
    this.tick();
  }

  tick() {
    if (!this.isRunning) return;
    this.become(this.state ? advance(this.plan, this.state, this.time) : begin(this.plan));
    if (this.state.phase === "wait" && this.time - this.state.since > PATIENCE) keepAwake(false);
  }

  // Go over to a state, and tell what is new; after a long time away, only the last of it.
  become(state) {
    const cues = [];
    if (this.state?.since !== state.since) cues.push(this.cueOf(state));
    const isLastNow = isLast(this.plan, state, this.time);
    if (isLastNow && !this.isLast) cues.push({ announced: this.words.ten, beat: [80] });
    this.isLast = isLastNow;
    this.state = state;
    if (state.phase === "done") this.halt();
    this.show();
    if (cues.length) this.tell(cues);
  }

  cueOf({ phase, change }) {
    if (phase === "done") return { announced: this.words.done, beat: [600] };
    if (change) return { announced: this.words.change, beat: [200, 100, 200, 100, 200] };
    if (phase === "wait" || phase === "rest")
      return { announced: this.words.letGo, spoken: this.words.wait, beat: [100, 100, 100] };
    return { announced: this.words.start, spoken: this.words[phase], beat: [200] };
  }

  tell(cues) {
    this.find("[role=status]").textContent = cues.map(({ announced }) => announced).join(". ");
    if (this.find("[name=speak]").checked) speak(cues.map(({ announced, spoken = announced }) => spoken).join(". "));
    if (this.find("[name=vibrate]").checked) navigator.vibrate?.(cues[0].beat);
  }

  note(words) {
    this.find(".timing-note").textContent = words;
  }

  show() {
    const phase = this.state?.phase ?? "ready";
    const isPaused = !this.isRunning && phase !== "ready" && phase !== "done";
    this.dialog.dataset.phase = isPaused ? "paused" : phase;
    this.find(".timing-word").textContent = isPaused ? this.words.paused : this.word(phase);
    this.find(".timing-digits").textContent = this.digits(phase);
    this.find(".timing-ring").style.strokeDashoffset = RING * (1 - this.share(phase));
    this.find(".timing-count").textContent = this.count(phase).join(" · ");
    this.showButtons(phase, isPaused);
  }

  word(phase) {
    return this.state?.change ? this.words.change : this.words[phase];
  }

  digits(phase) {
    if (phase === "ready") return this.plan.hold || clock(whole(this.plan));
    if (phase === "done") return clock(this.state.since);
    if (phase === "wait") return "";
    return phase === "move" ? clock(this.remaining) : Math.ceil(this.remaining / SECOND);
  }

  // Of what is done without holding, the time for both sides.
  get remaining() {
    return (this.state.phase === "move" ? whole(this.plan) : end(this.plan, this.state)) - this.time;
  }

  // Return how much of the ring is left: in whole seconds for readers who want less motion.
  share(phase) {
    if (phase === "ready" || phase === "done") return 1;
    if (phase === "wait") return 0;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const left = isStill ? Math.ceil(this.remaining / SECOND) * SECOND : this.remaining;
    return left / (phase === "move" ? whole(this.plan) : this.plan[phase] * SECOND);
  }

  count(phase) {
    const { plan, words, state } = this;
    if (phase === "ready") return this.facts;
    if (phase === "done") return plan.hold ? [fill(words.holds, { number: state.all })] : [];
    const said = [];
    if (plan.each) said.push(state.side === 1 ? words.firstSide : words.otherSide);
    const number = { number: state.held + 1, all: plan.repeats };
    if (plan.hold) said.push(fill(plan.repeats ? words.holdOf : words.holdNumber, number));
    if (plan.minutes) said.push(fill(words.left, { time: clock(whole(plan) - this.time) }));
    return said;
  }

  showButtons(phase, isPaused) {
    const stands = phase === "ready" || phase === "done";
    const toggle = this.find(".timing-toggle");
    const label = { ready: "start", done: "again" }[phase] ?? (isPaused ? "resume" : "pause");
    if (toggle.textContent !== this.words[label]) toggle.textContent = this.words[label];
    const hadFocus = document.activeElement;
    const next = this.find(".timing-next");
    const comes = next.hidden;
    next.hidden = phase !== "wait" || isPaused;
    this.find(".timing-stop").hidden = stands;
    if (comes && !next.hidden && hadFocus === toggle) next.focus();
    if (hadFocus.hidden) toggle.focus();
  }
}

// Its look is loaded with the first timer, before any is shown.
const look = template().querySelector("link");
const looked = new Promise((done) => (look.onload = look.onerror = done));
document.head.append(look);

document.addEventListener("click", async ({ target }) => {
  const part = target.closest(".timer button")?.parentElement;
  if (!part) return;
  await looked;
  if (!document.querySelector("dialog.timing")) new Timer(part);
});
