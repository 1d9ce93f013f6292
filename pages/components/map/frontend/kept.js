/* What Python sends once, so that a rerun does not send it again, and which waits here under its
   digest until a map asks for it. Python knows what is here and says what is to go; nothing goes
   by itself. */

/**
 * @template Thing
 * @typedef {{promise: Promise<Thing>, resolve: (thing: Thing) => void}} Entry
 */

/**
 * A place for things of one kind.
 *
 * @template {{digest: string}} Thing
 */
export function createKept() {
  /** @type {Map<string, Entry<Thing>>} */
  const kept = new Map();

  /** @param {string} digest */
  function entryOf(digest) {
    const entry = kept.get(digest) ?? newEntry();
    kept.set(digest, entry);
    return entry;
  }

  /** @returns {Entry<Thing>} */
  function newEntry() {
    /** @type {Entry<Thing>["resolve"]} */
    let resolve = () => {};
    const promise = new Promise((/** @type {Entry<Thing>["resolve"]} */ done) => (resolve = done));
    return { promise, resolve };
  }

  return {
    /**
     * The thing with this digest, as soon as it is here.
     *
     * @param {string} digest
     */
    get: (digest) => entryOf(digest).promise,

    /** @param {Thing} thing */
    take: (thing) => entryOf(thing.digest).resolve(thing),

    /**
     * Let go of the things with these digests.
     *
     * @param {string[]} digests
     */
    drop(digests) {
      for (const digest of digests) kept.delete(digest);
    },
  };
}
