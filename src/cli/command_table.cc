#include <algorithm>
#include <string_view>

#include "cli/command.h"
#include "cli/token_command.h"
#include "config/option_groups.h"

namespace rappel {
namespace {

constexpr std::size_t kMany = 1'000'000;

constexpr Command kCommands[] = {
    {"embed", kEmbedCommand, "", 0, 0, "Texts on standard input, vectors on standard output",
     "Reads JSON lines {\"id\":..,\"text\":..} and writes, in the same order, {\"id\":..,\"tokens\":n} "
     "with the outputs that were asked for: \"dense\":[..], \"sparse\":{\"<token id>\":weight}, "
     "\"colbert\":[[..]], \"input_ids\":[..]. The id may be any JSON value; without one it is the line's "
     "number. A bad line is reported with its number on standard error, the others are answered, and the "
     "exit code is 1.",
     run_embed},
    {"rerank", kRerankCommand, "", 0, 0, "Queries with passages on standard input, scores on standard output",
     "Reads JSON lines {\"id\":..,\"query\":..,\"passages\":[..]} and writes, in the same order, "
     "{\"id\":..,\"scores\":[..]}, one score between 0 and 1 per passage (with --raw the model's logit). "
     "Ids and bad lines are treated as in embed.",
     run_rerank},
    {"serve", kServeCommand, "", 0, 0, "Answer the HTTP interface",
     "Loads the models, then serves until Ctrl-C or SIGTERM. Requests in flight then have --stop-timeout "
     "seconds to finish; a second signal ends the server at once. SIGHUP makes it read its tokens again. "
     "With --lazy the first request that needs the models loads them.\n"
     "BEARER_TOKEN must hold a token, unless --no-auth is given and the address is a loopback one.",
     run_serve},
    {"mcp", kServeCommand, "", 0, 0, "Answer a language model's client over standard input and output",
     "Speaks the Model Context Protocol (docs/mcp.md): one JSON-RPC message a line, answers on standard "
     "output, the log on standard error. Ends when standard input ends. A server may use the same data "
     "folder at the same time. Takes the options of serve; those of HTTP have no effect.\n"
     "With --mcp-write the client may also store and remove documents.",
     run_mcp},
    {"ingest", kIngestCommand, "PATH...", 1, kMany, "Store files and folders",
     "Stores text, PDF, Office, HTML, mail and other files (docs/files.md), folders of them, and .jsonl "
     "files "
     "with one document per line: "
     "{\"id\",\"text\",\"metadata\":{..}}, or metadata as further members. \"file\" instead of \"text\" "
     "names a file at or below the folder of the .jsonl. A path may be a glob in quotes ('docs/**/*.md'), "
     "and - is standard input. Hidden files and what .gitignore and .rappelignore leave out are not stored. "
     "A file that was stored before is replaced, and not embedded again while its content is unchanged, also "
     "under another name. Links in a folder are followed only inside that folder.\n"
     "Failures and skipped files are named. The exit code is 1 if something failed or a named file was "
     "skipped.",
     run_ingest},
    {"process_json", kProcessCommand, "", 0, 0, "Store the items of a JSON list (old script)",
     "Stores each item of the list "
     "{\"id\",\"text\",\"source\",\"source_id\",\"url\",\"created_at\",\"author\"} in "
     "--filepath, as `rappel ingest` stores the lines of a .jsonl file. Flags and names are those of the "
     "script of the Python service.",
     run_process_json},
    {"process_jsonl", kProcessCommand, "", 0, 0, "Store the lines of a JSON lines file (old script)",
     "As process_json, with one item per line.", run_process_jsonl},
    {"process_zip", kProcessCommand, "", 0, 0, "Store the files in an archive (old script)",
     "Stores each file in the archive --filepath as a document of its own, whose source_id is its path in "
     "the archive. Nothing is unpacked to disk.",
     run_process_zip},
    {"extract", kExtractCommand, "PATH...", 1, kMany, "Show the text of files",
     "Prints what ingest would store of each file, or with --json its structure: headings, pages, sheets, "
     "slides, attachments, metadata and warnings. With --out both are written: NAME.txt, whose pages are "
     "parted by form feeds and cells by tabs, and NAME.json. Files are read in a separate program without "
     "access to files and network.",
     run_extract},
    {"query", kQueryCommand, "TEXT", 1, 1, "Ask the stored documents",
     "Prints the best chunks with scores between 0 and 1, their documents, and the time that each step "
     "took.\n"
     "With --syntax the question may have conditions: '\"cold pump\" -valve author:Al'.",
     run_query},
    {"why", kQueryCommand, "TEXT DOCUMENT_ID", 2, 2, "Say why a document is not in an answer",
     "Asks the question with the options of query, and says what stopped the document: it is not stored, the "
     "filter or the text leaves it out (with the condition that fails), fusion or top_k has others before "
     "it, or its "
     "score "
     "is below --min-score. Prints its rank and score by each signal, the score that it would have, and the "
     "score that is needed.",
     run_why},
    {"list", kListCommand, "", 0, 0, "List the stored documents", "", run_list},
    {"delete", kDeleteCommand, "[ID...]", 0, kMany, "Remove stored documents",
     "Removes the documents of these ids, those that match --filter, or --all.", run_delete},
    {"store", kStoreCommand, "verify|repair|accept|backup [FILE]", 1, 2,
     "Check, mend and back up the stored documents",
     "store verify: compare every checksum, index and count, and the last acknowledged commit; changes "
     "nothing and may run beside a server\n"
     "store repair: mend a damaged log, pages with one wrong bit, indexes and counts, then verify; "
     "keeps a copy of the damaged file and names documents that are damaged themselves, which --drop-damaged "
     "removes; stop the server before\n"
     "store accept: end the warning about lost commits or a mended log\n"
     "store backup FILE: write a copy into a new file; may run beside a server\n"
     "The exit code is 1 if something is damaged.",
     run_store},
    {"token", kTokenCommand, "add|list|revoke [NAME]", 1, 2, "Make and revoke tokens for clients",
     "token add NAME: make a token and print it; it is shown this once, and the data folder keeps only its "
     "digest. With --filter the token sees documents that match and no others, and the documents that it "
     "stores get the values of the filter\n"
     "token list: names, scopes and limits of the tokens\n"
     "token revoke NAME: refuse the token from now on\n"
     "A running server reads the tokens again on SIGHUP. Tokens of BEARER_TOKEN may do everything and are "
     "not "
     "listed.",
     run_token},
    {"model", kModelCommand, "pull|list|info [NAME]", 1, 2, "Fetch and show models",
     "model pull NAME[@REVISION]: fetch a model from the Hugging Face Hub into its cache; continues an "
     "interrupted fetch\n"
     "model list: models in the cache\n"
     "model info NAME: properties of a model (a name or a folder)",
     run_model},
    {"devices", kDevicesCommand, "", 0, 0, "List devices and the CPU's instruction sets",
     "Prints the devices that can compute models: the CPU, the instruction sets that this build has code "
     "for (RAPPEL_CPU_TARGET takes their names), the one in force, and what this machine lacks for the "
     "others.",
     run_devices},
    {"check", kCheckCommand, "", 0, 0, "Say within half a minute whether everything works",
     "{check steps}. Each line says what was found or what to do. The last line is pass or fail, and so is "
     "the exit code: 0 or 1.",
     run_check},
    {"optimize", kOptimizeCommand, "", 0, 0, "Recommend settings for this machine",
     "Reports the machine and what it lacks, measures precisions, threads and reranking with the "
     "configured models, and writes the settings that suit it, each with its reason, to .env.optimized. "
     "On a busy machine nothing is measured and the settings stay. Exit code 1 when something is missing.",
     run_optimize},
    {"setup", kSetupCommand, "", 0, 0, "Take over the settings that suit this machine",
     "Applies the .env.optimized that `rappel optimize` wrote, with your edits; without one, or with "
     "--remeasure, it measures first. Then it keeps the settings file as .env.backup (a new name each "
     "time), changes these keys only, shows the difference, and runs `rappel check` with the new file. When "
     "the check fails, it restores the old file.",
     run_setup},
    {"bench", kBenchCommand, "", 0, 0, "Time the models on this machine",
     "Eight tests with warm-ups: single queries and ten in a row, with the query cache off and on; 3, 20 "
     "and 50 documents; reranking 5 and 20 passages. Then recommendations from the measured figures. "
     "Takes one to a few minutes with BGE-M3's size, less with --quick. Each run is kept in "
     "RAPPEL_DATA_DIR/bench/history.jsonl and compared with the last run of the same settings. Ctrl-C "
     "ends it with the figures so far.",
     run_bench},
    {"compare", kCompareCommand, "", 0, 0,
     "Compare the settings in force with others, and with FlagEmbedding",
     "Times a single query, 20 documents and reranking 5 passages with the settings in force, and with "
     "other devices, precisions and thread counts; with --python also with FlagEmbedding. Prints "
     "speed-ups, a verdict, and the time saved.",
     run_compare},
    {"collection", kCollectionCommand, "list|create|drop [NAME]", 1, 2,
     "List, create and drop collections: documents that are kept apart",
     "Each collection has a store of its own in RAPPEL_DATA_DIR/collections/NAME and uses the same models. "
     "`rappel ingest --collection NAME` stores into it, as a server does for /c/NAME/upsert; commands "
     "without --collection work with the default one. drop removes all documents of the collection and "
     "asks for --confirm NAME; drop it over HTTP where a server has it open.",
     run_collection},
    {"eval", kEvalCommand, "DIR...", 1, kMany, "Measure how well judged sets are answered",
     "DIR is a set in the layout of BEIR: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, also with "
     "judgements as "
     "trec_eval reads them. Stores the corpus in a folder of its own in RAPPEL_DATA_DIR/eval, which later "
     "evaluations with the same corpus, model and chunk settings use again, and asks every judged query in "
     "each mode. Prints nDCG@10, MRR@10, Recall@10 and @100 and MAP, equal to trec_eval's, and the time of a "
     "query. --run writes the answers as TREC runs, --score scores such files, and --compare tests whether "
     "two modes or files differ. With --from-log it makes DIR from a file of questions with the ids of the "
     "stored documents that answer them. Ctrl-C ends it with the results so far; what is stored and answered "
     "stays, and the same command goes on.",
     run_eval},
    {"tune", kTuneCommand, "DIR", 1, 1, "Find the weights and the reranking that suit your questions",
     "DIR is a judged set as eval reads it. Orders the candidates of every judged query by each choice of "
     "RETRIEVAL_DENSE_WEIGHT and RETRIEVAL_SPARSE_SHARE, then with each RERANK_K and without reranking, and "
     "compares nDCG@10 by cross-validation: a choice counts on questions that did not choose it. Prints the "
     "gain with its p value, or to keep the settings. --write changes the settings file.",
     run_tune},
    {"doctor", kServeCommand | kDoctorCommand, "", 0, 0, "Say what is wrong with a server and what to change",
     "Takes the options of serve. Looks at the settings, the log, the server (or the program that has its "
     "port), its process and limits, other programs on the machine, the models, the store, and the speed. "
     "Prints the symptom, the cause with its evidence, and the remedy of each trouble. Changes nothing, "
     "needs no running server, and accepts bad settings. Exit code 1 when something is wrong; advice "
     "alone gives 0.",
     run_doctor},
    {"config", kConfigCommand, "", 0, 0, "Print the settings in force and where each comes from", "",
     run_config},
    {"options", kOptionsCommand, "", 0, 0, "Print the table of all settings", "", run_options},
};

}  // namespace

std::span<const Command> command_table() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto it = std::find_if(std::begin(kCommands), std::end(kCommands),
                               [&](const Command& c) { return c.name == name; });
  return it == std::end(kCommands) ? nullptr : it;
}

}  // namespace rappel
