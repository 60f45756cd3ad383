// Everything here is a convenience: each thing it does can be done with the plain forms and links that it works on.

const notice = document.querySelector('#notice');

function say(text, link) {
  notice.replaceChildren(document.createTextNode(text));
  if (link === undefined) return;
  const anchor = document.createElement('a');
  anchor.href = link.href;
  anchor.textContent = link.text;
  notice.append(anchor);
}

// Reactions: sent in the background; the buttons then show what stands.

function showReaction(card, { reaction, upvotes }) {
  card.dataset.reaction = reaction;
  for (const button of card.querySelectorAll('button[data-kind]')) {
    const pressed = button.dataset.kind === reaction;
    button.setAttribute('aria-pressed', String(pressed));
    button.value = pressed ? 'none' : button.dataset.kind;
  }
  card.querySelector('[data-upvotes]').textContent = String(upvotes);
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form));
  body.set('reaction', button.value);
  const response = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`the page answered ${response.status}`);
  return response.json();
}

async function react(form, button) {
  if (form.dataset.busy === 'yes') return;
  form.dataset.busy = 'yes';
  try {
    showReaction(form.closest('.card'), await send(form, button));
    const forYou = document.querySelector('.papers')?.dataset.order === 'for-you';
    say(
      forYou ? 'Noted. Your list has something new to go by.' : 'Noted.',
      forYou ? { href: location.pathname + location.search, text: 'Show the new order' } : undefined,
    );
  } catch {
    say('That was not saved: the page does not answer. Try again.');
  } finally {
    delete form.dataset.busy;
  }
}

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (!form.matches('.reactions') || submitter === null) return;
  event.preventDefault();
  void react(form, submitter);
});

// Why: fetched into the card.

async function toggleWhy(link) {
  const body = link.closest('.card-body');
  const open = body.querySelector('.why');
  link.setAttribute('aria-expanded', String(open === null));
  if (open !== null) {
    open.remove();
    return;
  }
  try {
    const response = await fetch(`${link.getAttribute('href')}?part=box`);
    if (!response.ok) throw new Error(`the page answered ${response.status}`);
    body.insertAdjacentHTML('beforeend', await response.text());
  } catch {
    location.assign(link.href);
  }
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('.why-link') : null;
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  void toggleWhy(link);
});

// Keys: j and k walk the list, u, l and x say something of the paper walked to.

const cards = [...document.querySelectorAll('.card')];
const kinds = { u: 'upvote', l: 'love', x: 'dismiss' };

function currentIndex() {
  return cards.findIndex((card) => card.contains(document.activeElement) || card === document.activeElement);
}

function walk(step) {
  const at = currentIndex();
  const next = cards[at < 0 ? 0 : Math.min(Math.max(at + step, 0), cards.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof Element && event.target.matches('input, textarea, select');
  if (typing || event.ctrlKey || event.metaKey || event.altKey || cards.length === 0) return;
  if (event.key === 'j') walk(1);
  else if (event.key === 'k') walk(-1);
  else if (Object.hasOwn(kinds, event.key))
    cards[currentIndex()]?.querySelector(`button[data-kind="${kinds[event.key]}"]`)?.click();
});

if (cards.length > 0) document.querySelector('.keys').hidden = false;

// Import: a file chosen is put into the field.

for (const element of document.querySelectorAll('.with-script')) element.hidden = false;
async function showFile([file]) {
  if (file !== undefined) document.querySelector('#text').value = await file.text();
}
document.querySelector('#file')?.addEventListener('change', (event) => void showFile(event.target.files));

// Live: asks for the rows again whenever the server says that something happened.

const live = document.querySelector('[data-live]');
if (live !== null) {
  const events = new EventSource(live.dataset.live);
  let waiting = false;
  events.addEventListener('open', () => {
    live.hidden = false;
  });
  events.addEventListener('error', () => {
    live.hidden = true;
  });
  events.addEventListener('message', () => {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      waiting = false;
      const response = await fetch(live.dataset.livePage).catch(() => null);
      if (response?.ok === true) document.getElementById(live.dataset.liveInto).innerHTML = await response.text();
    }, 300);
  });
}
