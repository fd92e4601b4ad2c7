// Our own Markdown as converters from npm write it: {"marked": html, …} for the text on standard input.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.argv[2]; // where the packages are
const require = createRequire(`${folder}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href).catch(() => require(name));

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const text = Buffer.concat(chunks).toString("utf8");

const { marked } = await load("marked");
const showdown = require("showdown");
const own = (name) => import(pathToFileURL(`${folder}/${name}/index.js`).href);
const [{ unified }, { default: parse }, { default: gfm }, { default: html }] = await Promise.all(
  ["unified", "remark-parse", "remark-gfm", "remark-html"].map(own),
);
const written = {
  marked: marked.parse(text),
  showdown: new showdown.Converter({ tables: true, simpleLineBreaks: false }).makeHtml(text),
  remark: String(await unified().use(parse).use(gfm).use(html, { sanitize: false }).process(text)),
};
process.stdout.write(JSON.stringify(written));
