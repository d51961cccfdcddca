// Drives JavaScript clients of the model routes and of MCP against a server.
//
//   node model_clients.mjs URL TOKEN REFERENCE      in the folder with node_modules of scripts/install-clients
//
// REFERENCE is the JSON file of run.py: vectors of `rappel embed`, scores of `rappel rerank`.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";

// The packages are beside the folder that the caller works in, not beside this file.
const load = createRequire(process.cwd() + "/");
const [url, token, file] = process.argv.slice(2);
const {texts, query, documents, vectors, scores} = JSON.parse(readFileSync(file, "utf8"));

function near(got, wanted) {
  assert.equal(got.length, wanted.length);
  got.forEach((number, i) => assert.ok(Math.abs(number - wanted[i]) <= 1e-5, `${number} is not ${wanted[i]}`));
}

// Pairs of index and score, best first.
function ranked(pairs, count) {
  const wanted = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b).slice(0, count);
  assert.deepEqual(pairs.map(([index]) => index), wanted);
  near(pairs.map(([, score]) => score), wanted.map((index) => scores[index]));
}

const floats = (base64) => [...new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer)];

async function cohere() {
  const {CohereClient, CohereClientV2, CohereError} = load("cohere-ai");
  for (const environment of [url, url + "/cohere"]) {
    const client = new CohereClientV2({token, environment});
    const {embeddings} = await client.embed(
        {model: "embed-v4.0", texts, inputType: "search_document", embeddingTypes: ["float", "base64", "int8"]});
    embeddings.float.forEach((vector, i) => near(vector, vectors[i]));
    embeddings.base64.forEach((vector, i) => near(floats(vector), vectors[i]));
    assert.equal(embeddings.int8[0].length, vectors[0].length);
    const found = await client.rerank({model: "rerank-v3.5", query, documents, topN: 2});
    ranked(found.results.map((one) => [one.index, one.relevanceScore]), 2);
    const old = new CohereClient({token, environment});
    const answer = await old.embed({model: "embed-english-v3.0", texts, inputType: "search_query"});
    answer.embeddings.forEach((vector, i) => near(vector, vectors[i]));
    const wrong = new CohereClientV2({token: "wrong", environment});
    await assert.rejects(wrong.rerank({model: "m", query, documents}), (error) => error.statusCode === 401);
    await assert.rejects(client.rerank({model: "m", query, documents: []}), CohereError);
  }
  const listed = await new CohereClient({token, environment: url + "/cohere"}).models.list();
  assert.deepEqual(listed.models.map((model) => model.endpoints), [["embed"], ["rerank"]]);
}

async function voyage() {
  const {VoyageAIClient} = load("voyageai");
  const client = new VoyageAIClient({apiKey: token, environment: url + "/voyage/v1"});
  const {data} = await client.embed({model: "voyage-3", input: texts, inputType: "document"});
  data.forEach((one, i) => near(one.embedding, vectors[i]));
  const found = await client.rerank({model: "rerank-2", query, documents, topK: 2});
  ranked(found.data.map((one) => [one.index, one.relevanceScore]), 2);
  await assert.rejects(client.embed({model: "m", input: ""}), (error) => error.statusCode === 400);
}

async function ollama() {
  const {Ollama} = load("ollama");
  const client = new Ollama({host: url, headers: {Authorization: "Bearer " + token}});
  const {embeddings} = await client.embed({model: "m", input: texts});
  embeddings.forEach((vector, i) => near(vector, vectors[i]));
  const [listed] = (await client.list()).models;
  assert.ok(listed.size > 0);
  assert.equal((await client.show({model: listed.name})).details.embedding_length, vectors[0].length);
  await assert.rejects(new Ollama({host: url}).embed({model: "m", input: "a"}), (error) => error.status_code === 401);
}

async function huggingFace() {
  const {InferenceClient} = load("@huggingface/inference");
  const client = new InferenceClient(token);
  for (const endpointUrl of [url, url + "/tei/embed"]) {
    const answer = await client.featureExtraction({endpointUrl, inputs: texts});
    answer.forEach((vector, i) => near(vector, vectors[i]));
  }
  await assert.rejects(client.featureExtraction({endpointUrl: url, inputs: ""}), /cannot be empty/);
}

async function mcp() {
  const {Client} = load("@modelcontextprotocol/sdk/client/index.js");
  const {StreamableHTTPClientTransport} = load("@modelcontextprotocol/sdk/client/streamableHttp.js");
  const client = new Client({name: "test", version: "1"});
  const headers = {Authorization: "Bearer " + token};
  const body = JSON.stringify({documents: documents.map((text, i) => ({id: "mcp-" + i, text}))});
  assert.equal((await fetch(url + "/upsert", {method: "POST", headers: {...headers, "Content-Type": "application/json"}, body})).status, 200);
  await client.connect(new StreamableHTTPClientTransport(new URL(url + "/mcp"), {requestInit: {headers}}));
  const names = (await client.listTools()).tools.map((tool) => tool.name);
  assert.deepEqual(names.slice(0, 2), ["search", "fetch"]);
  const {results} = (await client.callTool({name: "search", arguments: {query: "heron"}})).structuredContent;
  const found = await client.callTool({name: "fetch", arguments: {id: results[0].id}});
  assert.equal(found.structuredContent.id, results[0].id);
  assert.equal((await client.callTool({name: "fetch", arguments: {id: "no-such-document"}})).isError, true);
  await client.close();
}

let failed = 0;
for (const test of [cohere, voyage, ollama, huggingFace, mcp]) {
  try {
    await test();
    console.log("ok", test.name);
  } catch (error) {
    failed = 1;
    console.log("FAILED", test.name, error);
  }
}
process.exit(failed);
