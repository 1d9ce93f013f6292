/* Events for Python, each with an id, so that it can tell a new one from one it has handled. */
const page = Math.random().toString(36).slice(2, 10);
let count = 0;

/** An id that no other event of this page has, nor one of another page. */
export const nextId = () => `${page}:${++count}`;
