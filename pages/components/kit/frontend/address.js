/* Settings stand in the address, but going back leads to the former page, not through each of them. */

/**
 * Let a change of the address that stays on its page take the place of the present entry.
 *
 * @param {Pick<History, "pushState" | "replaceState">} history
 * @param {() => string} here the present address
 */
export function keepEntries(history, here) {
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const isSamePage = new URL(url ?? "", here()).pathname === new URL(here()).pathname;
    if (isSamePage) history.replaceState(state, unused, url);
    else push(state, unused, url);
  };
}

let isDone = false;

export default function () {
  if (!isDone) keepEntries(window.history, () => window.location.href);
  isDone = true;
}
