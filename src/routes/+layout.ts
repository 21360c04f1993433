/** Pages are drawn in the browser: every one reads its data by the REST API, so the server would draw nothing but an empty frame. */
export const ssr = false;
export const prerender = false;
