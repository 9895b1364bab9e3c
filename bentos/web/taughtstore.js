/** Where own signs are kept: this browser's IndexedDB, and nowhere else. The database is made when the first is kept. */

import { Recording } from "./recording.js";

const DATABASE = "islr";
const STORE = "signs";

/** @typedef {import("./taughtfile.js").Sign & {space: string, embeddings: string[]}} Taught with its embeddings, a text a take. */

/**
 * What a request gives.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @template T
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function stored(work) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "name" });
  const database = await answered(opening);
  try {
    return await answered(work(database.transaction(STORE, "readwrite").objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** Whether any were ever kept: looking must not make a database. */
const exists = async () => (await indexedDB.databases()).some(({ name }) => name === DATABASE);

/** @returns {Promise<Taught[]>} */
export async function kept() {
  if (!(await exists())) return [];
  const found = await stored((store) => store.getAll());
  return found.map((sign) => ({ ...sign, takes: sign.takes.map((/** @type {ArrayBuffer} */ take) => Recording.read(take)) }));
}

/** @param {Taught} sign */
export const keep = (sign) => stored((store) => store.put({ ...sign, takes: sign.takes.map((take) => take.write()) }));

/** @param {string} name */
export const remove = (name) => stored((store) => store.delete(name));

/** Leave nothing behind. */
export const forgotten = () => answered(/** @type {IDBRequest} */ (indexedDB.deleteDatabase(DATABASE)));
