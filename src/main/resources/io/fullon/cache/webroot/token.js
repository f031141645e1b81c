const isName = name => typeof name === 'string' && /^\S{1,64}$/u.test(name);

/**
 * What the bearer of a token may subscribe to: exchanges, each with symbols. A server takes `*`
 * only where the token limits nothing.
 *
 * @returns {Array<[string, string[]]>}
 */
export function allowedBy(token) {
  const { exchanges, symbols } = claimsOf(token);
  const allowed = namesIn(symbols);
  return allowed.length ? namesIn(exchanges).map(exchange => [exchange, allowed]) : [];
}

function namesIn(claim) {
  return !Array.isArray(claim) || claim.includes('*') ? ['*'] : claim.filter(isName);
}

/** None where it is no token that says something: the server decides, and tells. */
function claimsOf(token) {
  try {
    const payload = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(payload, character => character.charCodeAt());
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}
