// What outlives the page: the ticker it shows, in the fragment of its URL as #exchange/symbol;
// the token, which may come there as token=…, and the viewer's choices, in the browser's storage.

const PAUSE_MS = 250; // browsers allow few changes of the URL in a second
let timer;

function fragment() {
  return new URLSearchParams(location.hash.slice(1));
}

/** @returns {{exchange: string, symbol: string}|undefined} */
export function nameInFragment() {
  const [exchange, ...symbol] =
    [...fragment().keys()].find(key => key !== 'token')?.split('/') ?? [];
  return symbol.length ? { exchange, symbol: symbol.join('/') } : undefined;
}

/** Puts the name into the fragment soon; undefined empties it. */
export function nameToFragment(name) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const path = name ? `${name.exchange}/${name.symbol}` : '';
    const hash = path && `#${encodeURIComponent(path).replace(/%2F|%3A/g, decodeURIComponent)}`;
    if (hash === location.hash) return;
    // A way back from the panel to the table, but not through all rows that were looked at.
    const change = location.hash ? 'replaceState' : 'pushState';
    history[change](null, '', hash || location.pathname + location.search);
  }, PAUSE_MS);
}

/** Takes the token out of the fragment, where it would be seen and passed on, if it is there. */
export function takeToken() {
  const token = fragment().get('token');
  if (!token) return false;
  remember('sessionStorage', 'token', token);
  const rest = location.hash.slice(1).split('&').filter(part => !part.startsWith('token='));
  history.replaceState(null, '', `${location.pathname}${location.search}#${rest.join('&')}`);
  return true;
}

/** Keeps it, unless the storage is full or forbidden. */
export function remember(storage, key, value) {
  try {
    window[storage].setItem(key, value);
  } catch (error) {
    console.warn('This choice will be forgotten:', error.name);
  }
}

export function recall(storage, key) {
  try {
    return window[storage].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes radio buttons begin with what was chosen last, and remembers each choice.
 *
 * @param chosen called with the value of each later choice
 * @returns the value to begin with
 */
export function choice(fieldset, key, chosen) {
  const inputs = Array.from(fieldset.querySelectorAll('input'));
  const last = inputs.find(({ value }) => value === recall('localStorage', key));
  if (last) last.checked = true;
  fieldset.addEventListener('change', ({ target: { value } }) => {
    remember('localStorage', key, value);
    chosen(value);
  });
  return inputs.find(({ checked }) => checked).value;
}
