// Drives LangChain's JavaScript retriever of the plugin against a server that python_clients.py has filled.
//
//   node javascript_client.mjs URL TOKEN      in the folder with node_modules of scripts/install-clients
import assert from "node:assert/strict";
import {createRequire} from "node:module";

// The package is beside the folder that the caller works in, not beside this file.
const load = createRequire(process.cwd() + "/");
const {ChatGPTPluginRetriever} = load("langchain/retrievers/remote");
const [url, token] = process.argv.slice(2);

async function withTheDefaults() {
  const retriever = new ChatGPTPluginRetriever({url: url + "/query", auth: {bearer: token}});
  const found = await retriever.invoke("heron");
  assert.deepEqual(found.map((one) => one.pageContent).sort(), ["bees shiver to keep warm", "the heron stands in the reeds"]);
  const heron = found.find((one) => one.pageContent.includes("heron"));
  assert.equal(heron.metadata.source_id, "birds.txt");
  assert.equal(heron.metadata.author, "Ines");
}

async function withAFilter() {
  const retriever = new ChatGPTPluginRetriever({
    url: url + "/query",
    auth: {bearer: token},
    topK: 1,
    filter: {author: "Ines", start_date: new Date("2024-01-01"), end_date: new Date("2025-01-01")},
  });
  assert.deepEqual((await retriever.invoke("bees")).map((one) => one.pageContent), ["the heron stands in the reeds"]);
}

let failed = 0;
for (const test of [withTheDefaults, withAFilter]) {
  try {
    await test();
    console.log("ok", test.name);
  } catch (error) {
    failed = 1;
    console.log("FAILED", test.name, error);
  }
}
process.exit(failed);
