"""The console of the real `rappel serve` in a headless Chromium: by keyboard, in two languages and two themes, narrow and wide.

    test_console.py build/release/rappel

Screenshots go to build/console/. With axe-core (scripts/install-clients, or AXE=axe.min.js) each view is also checked for
accessibility; without it that part is skipped.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import devtools
import support
from support import ROOT, Server, linked_model

TOKEN = "0123456789abcdef0123456789abcdef"
AXE = Path(os.environ.get("AXE", ROOT / "build/clients/javascript/node_modules/axe-core/axe.min.js"))
SHOTS = ROOT / "build/console"
MARKUP = "The <b>otter</b> <img src=x onerror=\"document.title='broken into'\"> swims."
DOCUMENTS = [
    {"id": "bees", "text": "Bees keep warm in winter: they cluster around the queen and shiver. 🐝 The honey feeds them.",
     "metadata": {"source": "file", "author": "Ada", "created_at": "2024-05-06", "title": "Bees in winter", "url": "https://bees.example/"}},
    {"id": "roof/2024", "text": "The roof of the club house will be repaired in May. The bees under it move to the orchard.",
     "metadata": {"source": "email", "author": "Al", "url": "javascript:document.title='broken into'"}},
    {"id": "otter", "text": MARKUP, "metadata": {"source": "chat"}},
]
VIEWS = {"search": "search?query=bees+winter&mode=lexical", "compare": "compare?query=bees&a.mode=lexical&b.mode=dense",
         "documents": "documents", "document": "documents?id=roof/2024&chunk=roof/2024_0", "upload": "upload",
         "collections": "c/shown/collections", "tokens": "tokens", "health": "health", "settings": "settings"}
READY = {"search": ".result", "compare": ".change", "documents": ".documents", "document": ".chunk", "upload": ".drop",
         "collections": ".collections", "tokens": ".tokens", "health": ".chart:not([hidden])", "settings": "table.settings"}


def selected(text):
    """An expression for the first control or link whose text is `text`."""
    return f"[...document.querySelectorAll('a,button,summary')].find((one) => one.textContent.trim() === {json.dumps(text)})"


class Console(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server(EMBEDDING_MODEL=linked_model("mini-bert-embedder", cls.folder), RERANK_ENABLE="false",
                            RAPPEL_DATA_DIR=cls.folder / "data", BEARER_TOKEN=TOKEN)
        cls.addClassCleanup(cls.server.stop)
        support.wait_for(lambda: cls.server.request("GET", "/ready")[0] == 200)
        status, _ = cls.server.request("POST", "/upsert", {"documents": DOCUMENTS}, TOKEN)
        assert status == 200
        cls.must("POST", "/v1/collections", {"name": "shown", "description": "A collection that the pictures show"})
        cls.must("POST", "/v1/tokens", {"name": "shown", "collections": ["shown"], "filter": {"team": "x"}, "rate": "5/s", "expires": "30d"})
        cls.url = f"http://127.0.0.1:{cls.server.port}/"

    @classmethod
    def must(cls, method, path, body=None, token=TOKEN):
        """What a request that succeeds answers."""
        status, answer = cls.server.request(method, path, body, token)
        assert status < 300, (method, path, status, answer)
        return answer

    def setUp(self):
        self.browser = devtools.Browser(devtools.find_browser())
        self.addCleanup(self.browser.close)
        self.browser.size(1280)
        # The language of the test, not of the machine.
        self.open_as("en", "light", "")

    def open_as(self, language, theme, view, token=None):
        """A view with these settings, as at a new visit."""
        self.browser.open(self.url)
        self.browser.evaluate(f"localStorage.setItem('rappel.language', '{language}'); localStorage.setItem('rappel.theme', '{theme}')")
        if token:
            self.browser.evaluate(f"sessionStorage.setItem('rappel.token', '{token}')")
        self.browser.open("about:blank")
        self.browser.open(self.url + view)
        self.browser.wait("document.querySelector('h1')")

    def no_faults(self, *expected):
        faults = [fault for fault in self.browser.faults if not any(one in fault for one in expected)]
        self.assertEqual(faults, [])

    def focus(self):
        """The text or name of the element with the focus."""
        return self.browser.evaluate("(document.activeElement.getAttribute('aria-label') || document.activeElement.name"
                                     " || document.activeElement.textContent || '').trim()")

    def tab_to(self, name, most=40):
        for _ in range(most):
            if self.focus() == name:
                return
            self.browser.press("Tab")
        self.fail(f"Tab never reaches {name!r}; it is at {self.focus()!r}")

    def results(self):
        return self.browser.evaluate("[...document.querySelectorAll('.result')].map((one) => ({title: one.querySelector('h3 a').textContent,"
                                     " text: one.querySelector('.text').textContent, marks: [...one.querySelectorAll('mark')].map((mark) => mark.textContent)}))")

    def test_search_by_keyboard(self):
        browser = self.browser
        browser.wait("document.activeElement.name === 'query'")
        browser.type("bees winter")
        browser.press("Enter")
        # The server wants a token, and the page asks for it.
        browser.wait("document.querySelector('dialog[open]')")
        browser.type(TOKEN)
        browser.press("Enter")
        browser.wait("document.querySelector('.result')")
        results = self.results()
        self.assertEqual(results[0]["title"], "Bees in winter")
        self.assertEqual(results[0]["text"], DOCUMENTS[0]["text"])
        self.assertIn("Bees", results[0]["marks"])
        self.assertIn("winter", results[0]["marks"])
        browser.wait("document.querySelector('.visually-hidden[role=status]').textContent.includes('results')")
        self.assertEqual(browser.evaluate("Object.keys(localStorage).filter((key) => localStorage[key].includes('0123456789'))"), [],
                         "the token is kept in the session alone")
        # The parts of the first score, by keyboard.
        self.tab_to("Parts of the score")
        browser.press("Enter")
        browser.wait("document.querySelector('.result details[open] table')")
        # The address has the query, so it can be gone back to.
        self.assertIn("query=bees+winter", browser.evaluate("location.hash"))
        self.no_faults("403")

    def test_wrong_token_is_asked_for_again(self):
        self.open_as("en", "light", "#/search?query=bees", "wrong")
        self.browser.wait("document.querySelector('dialog[open]')")
        self.assertIn("does not accept", self.browser.evaluate("document.querySelector('dialog').textContent"))
        self.browser.press("Escape")
        self.browser.wait("document.querySelector('.fault')")
        self.no_faults("401", "403")

    def test_text_of_documents_is_no_markup(self):
        self.open_as("en", "light", "#/search?query=otter&mode=lexical", TOKEN)
        self.browser.wait("document.querySelector('.result')")
        self.assertEqual(self.results()[0]["text"], MARKUP)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.result img, .result b').length"), 0)
        self.open_as("en", "light", "#/search?query=roof&mode=lexical", TOKEN)
        self.browser.wait("document.querySelector('.result')")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('a[href^=\"javascript\"]').length"), 0)
        self.assertEqual(self.browser.evaluate("document.title"), "Search – rappel")
        self.no_faults()

    def test_filters_and_why(self):
        browser = self.browser
        self.open_as("en", "light", "#/search?query=bees&mode=lexical&filter=" + '{"author":"Ada"}', TOKEN)
        browser.wait("document.querySelector('.result')")
        self.assertEqual([result["title"] for result in self.results()], ["Bees in winter"])
        self.assertEqual(browser.evaluate("document.querySelector('.filter-row input').value"), "author", "the form shows the filter")
        self.assertIn('"filter":{"author":"Ada"}', browser.evaluate("document.querySelector('.snippet pre').textContent"))
        browser.evaluate("document.querySelector('.result').dataset.earlier = 'yes'; document.querySelector('.filter-row input').focus()")
        browser.press("Enter")
        browser.wait("document.querySelector('.result:not([data-earlier])')")
        self.assertEqual(self.focus(), "Key of condition 1", "a search leaves the focus where it is")
        browser.evaluate("document.querySelector('input[name=document_id]').closest('details').open = true;"
                         "document.querySelector('input[name=document_id]').focus()")
        browser.type("roof/2024")
        browser.press("Enter")
        browser.wait("document.querySelector('.why')")
        self.assertIn("The filter leaves it out: author", browser.evaluate("document.querySelector('.why').textContent"))
        self.no_faults()

    def test_what_is_typed_stays_when_an_answer_comes(self):
        browser = self.browser
        self.open_as("en", "light", "#/search?query=bees&mode=lexical", TOKEN)
        browser.wait("document.querySelector('.result')")
        browser.evaluate("document.querySelector('.result').dataset.earlier = 'yes';"
                         "document.querySelector('input[name=document_id]').closest('details').open = true;"
                         "document.querySelector('input[name=document_id]').focus()")
        browser.type("roof/")
        # The answer to another search comes meanwhile.
        browser.evaluate("document.querySelector('.question').value = 'honey'; document.querySelector('.query-form').requestSubmit()")
        browser.wait("document.querySelector('.result:not([data-earlier])')")
        self.assertEqual(self.focus(), "document_id")
        browser.type("2024")
        self.assertEqual(browser.evaluate("document.querySelector('input[name=document_id]').value"), "roof/2024")
        self.assertTrue(browser.evaluate("document.querySelector('input[name=document_id]').closest('details').open"))
        browser.press("Enter")
        browser.wait("document.querySelector('.why')")
        self.assertIn("honey", browser.evaluate("document.querySelector('.snippet pre').textContent"))
        # The reason belongs to its query.
        browser.evaluate("document.querySelector('.result').dataset.earlier = 'yes';"
                         "document.querySelector('.question').value = 'queen'; document.querySelector('.query-form').requestSubmit()")
        browser.wait("document.querySelector('.result:not([data-earlier])')")
        self.assertFalse(browser.evaluate("Boolean(document.querySelector('.why'))"))
        self.no_faults()

    def test_fault_of_a_filter_is_shown(self):
        browser = self.browser
        self.open_as("en", "light", "#/search?query=bees&filter=" + '{"$or":[{"author":"Ada"}]}', TOKEN)
        browser.wait("document.querySelector('.filter-rows textarea')")
        browser.evaluate("document.querySelector('.filter-rows textarea').value = '{\"a\":'; document.querySelector('.question').focus()")
        browser.press("Enter")
        browser.wait("document.activeElement.tagName === 'TEXTAREA' && document.activeElement.getAttribute('aria-invalid') === 'true'")
        self.assertIn("not a JSON object", browser.evaluate("document.querySelector('.filter-editor .fault').textContent"))

    def test_snippets_run(self):
        self.open_as("en", "light", "#/search?query=the+club's+roof&mode=lexical&collapse=true&filter=" + '{"author":"Al"}', TOKEN)
        self.browser.wait("document.querySelector('.snippet')")
        curl, program = self.browser.evaluate("[...document.querySelectorAll('.snippet pre')].map((one) => one.textContent)")
        environment = {**os.environ, "BEARER_TOKEN": TOKEN}
        answer = json.loads(subprocess.run(["sh", "-c", curl], env=environment, capture_output=True, check=True).stdout)
        self.assertEqual([result["document_id"] for result in answer["results"]], ["roof/2024"])
        printed = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
        self.assertIn("roof/2024", printed)

    def test_rows_and_json_of_a_filter_agree(self):
        wanted = [{"author": "Al"}, {"pages": {"$gte": 3}}, {"pages": "3"}, {"draft": True}, {"draft": "true"}, {"tag": {"$exists": False}},
                  {"$and": [{"pages": {"$gte": 3}}, {"pages": {"$lt": 9}}]}, {"start_date": "2024-01-01"}]
        found = self.browser.evaluate("import('/console/filter.js').then(({filterOf, rowsOf}) => "
                                      f"{json.dumps(wanted)}.map((filter) => filterOf(rowsOf(filter))))")
        self.assertEqual(found, wanted)
        only_json = [{"$or": [{"a": 1}]}, {"a": [1, 2]}, {"a": {"$gte": 1, "$lt": 2}}, {"$not": {"a": 1}}]
        found = self.browser.evaluate(f"import('/console/filter.js').then(({{rowsOf}}) => {json.dumps(only_json)}.map(rowsOf))")
        self.assertEqual(found, [None] * len(only_json))

    def test_languages_have_the_same_texts(self):
        en, fr = self.browser.evaluate("Promise.all([import('/console/messages_en.js'), import('/console/messages_fr.js')])"
                                       ".then(([{en}, {fr}]) => [en, fr])")
        self.assertEqual(sorted(en), sorted(fr))
        for key, text in en.items():
            self.assertEqual(set(re.findall(r"\{\w+\}", text)), set(re.findall(r"\{\w+\}", fr[key])), key)
            self.assertEqual("|" in text, "|" in fr[key], key)

    def test_language(self):
        browser = self.browser
        browser.evaluate(selected("Settings") + ".click()")
        browser.wait("document.querySelector('select[name=language]')")
        browser.evaluate("document.querySelector('select[name=language]').value = 'fr'")
        browser.evaluate(selected("Apply") + ".click()")
        browser.wait("document.documentElement.lang === 'fr'")
        browser.wait("document.title === 'Réglages – rappel'")
        self.assertEqual(self.focus(), "Réglages", "the heading has the focus")
        browser.evaluate(selected("Recherche") + ".click()")
        browser.wait(f"Boolean({selected('Rechercher')})")
        self.assertEqual(browser.evaluate("document.title"), "Recherche – rappel")
        browser.open(self.url)
        browser.wait("document.documentElement.lang === 'fr'")

    def test_upload(self):
        browser = self.browser
        files = [self.folder / "herons.txt", self.folder / "picture.txt"]
        files[0].write_text("The heron stands in the water and waits for a fish, hour after hour.\n")
        files[1].write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
        self.open_as("en", "light", "#/upload", TOKEN)
        browser.wait("document.querySelector('.empty')")
        root = browser.call("DOM.getDocument")["root"]["nodeId"]
        chooser = browser.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
        browser.call("DOM.setFileInputFiles", nodeId=chooser, files=[str(file) for file in files])
        browser.wait("document.querySelectorAll('.files tbody tr').length === 2")
        rows = browser.evaluate("[...document.querySelectorAll('.files tbody tr')].map((row) => row.innerText)")
        self.assertTrue(any("herons.txt" in row and "stored" in row for row in rows), rows)
        self.assertTrue(any("picture.txt" in row and "failed" in row and "PNG" in row for row in rows), rows)
        browser.wait("document.querySelector('.job .hint').textContent.startsWith('completed')")
        self.no_faults()

    def test_upload_by_drag_and_drop(self):
        browser = self.browser
        self.open_as("en", "light", "#/c/shown/upload", TOKEN)
        browser.wait("document.querySelector('.empty, .job')")
        before = browser.evaluate("document.querySelectorAll('.files tbody tr').length")
        browser.evaluate("""(() => {
            const dropped = new DataTransfer();
            for (const name of ['cranes', 'gulls'])
              dropped.items.add(new File([`The ${name} fly in a long line over the valley in autumn.`], `${name}.txt`, {type: 'text/plain'}));
            const drop = document.querySelector('.drop');
            const fire = (kind) => drop.dispatchEvent(new DragEvent(kind, {dataTransfer: dropped, bubbles: true, cancelable: true}));
            fire('dragenter'); fire('dragover');
            drop.dataset.over = drop.classList.contains('over');
            fire('drop');
        })()""")
        self.assertEqual(browser.evaluate("document.querySelector('.drop').dataset.over"), "true")
        self.assertFalse(browser.evaluate("document.querySelector('.drop').classList.contains('over')"))
        browser.wait(f"document.querySelectorAll('.files tbody tr').length === {before + 2}")
        names = [one["metadata"]["filename"] for one in self.must("POST", "/c/shown/list", {})["documents"]]
        self.assertEqual(sorted(names), ["cranes.txt", "gulls.txt"], "they are in the collection in force")
        self.must("DELETE", "/c/shown/delete", {"delete_all": True})
        self.no_faults()

    def test_collections(self):
        browser = self.browser
        self.open_as("en", "light", "#/collections", TOKEN)
        browser.wait("document.querySelector('.collections')")
        # A new one, by keyboard.
        self.tab_to("New collection", 60)
        browser.press("Enter")
        self.tab_to("name")
        browser.type("notes")
        browser.press("Tab")
        browser.type("meeting notes")
        browser.press("Tab")
        browser.type("50")
        browser.press("Enter")
        browser.wait("document.querySelector('[data-name=notes]')")
        browser.wait("document.activeElement.textContent === 'notes'")
        self.assertEqual(self.must("GET", "/v1/collections/notes")["chunk_tokens"], 50)
        self.must("POST", "/c/notes/upsert", {"documents": [{"id": "minutes", "text": "The meeting of the bee keepers begins at seven."}]})
        # It is in force everywhere, and in the address.
        browser.evaluate("document.querySelector('[aria-label=\"Use notes\"]').click()")
        browser.wait("document.querySelector('[data-name=notes][aria-current]')")
        self.assertEqual(browser.evaluate("document.querySelector('.picker select').value"), "notes")
        cells = browser.evaluate("[...document.querySelectorAll('[data-name=notes] td')].map((cell) => cell.innerText)")
        self.assertEqual(cells[:2], ["1", "1"])
        browser.evaluate(selected("Search") + ".click()")
        browser.wait("location.hash === '#/c/notes/search' && document.querySelector('.question')")
        self.open_as("en", "light", "#/c/notes/search?query=bee+keepers&mode=lexical", TOKEN)
        browser.wait("document.querySelector('.result')")
        self.assertEqual([result["title"] for result in self.results()], ["minutes"])
        self.assertIn("/c/notes/v1/search", browser.evaluate("document.querySelector('.snippet pre').textContent"))
        self.assertIn("#/c/notes/documents?", browser.evaluate("document.querySelector('.result h3 a').getAttribute('href')"))
        # The choice in the header keeps the view and the query, and the focus.
        browser.wait("document.querySelector('.picker select option[value=shown]')")
        browser.evaluate("(() => { const choice = document.querySelector('.picker select'); choice.focus(); choice.value = 'default';"
                         "choice.dispatchEvent(new Event('change')); })()")
        browser.wait("location.hash.startsWith('#/search?query=bee') && document.querySelector('.result')")
        self.assertNotIn("minutes", [result["title"] for result in self.results()])
        self.assertEqual(self.focus(), "Collection")
        self.no_faults()

    def test_collection_is_deleted_after_its_name_is_typed(self):
        browser = self.browser
        self.must("POST", "/v1/collections", {"name": "old"})
        self.must("POST", "/c/old/upsert", {"documents": [{"id": "x", "text": "An old document about storks and herons."}]})
        self.open_as("en", "light", "#/c/old/collections", TOKEN)
        browser.wait("document.querySelector('[aria-label=\"Delete old\"]')")
        browser.evaluate("document.querySelector('[aria-label=\"Delete old\"]').focus()")
        browser.press("Enter")
        browser.wait("document.querySelector('dialog[open] input')")
        self.assertIn("Its 1 document is removed", browser.evaluate("document.querySelector('dialog').textContent"))
        self.assertTrue(browser.evaluate("document.querySelector('dialog .danger').disabled"))
        browser.type("ol")
        browser.press("Enter")
        self.assertTrue(browser.evaluate("document.querySelector('dialog .danger').disabled"))
        browser.press("Escape")
        browser.wait("!document.querySelector('dialog')")
        self.assertEqual(self.focus(), "Delete old", "the focus goes back")
        self.must("GET", "/v1/collections/old")
        browser.press("Enter")
        browser.wait("document.querySelector('dialog[open] input')")
        browser.type("old")
        browser.press("Enter")
        # The default one is in force then.
        browser.wait("location.hash === '#/collections' && document.querySelector('.collections') && !document.querySelector('[data-name=old]')")
        self.assertEqual(self.server.request("GET", "/v1/collections/old", None, TOKEN)[0], 404)
        self.no_faults()

    def test_unknown_collection_is_said_so(self):
        self.open_as("en", "light", "#/c/nobody/search?query=bees", TOKEN)
        self.browser.wait("document.querySelector('.results .fault')")
        self.assertIn('no collection "nobody"', self.browser.evaluate("document.querySelector('.results .fault').textContent"))
        for odd in ("..", "%2e%2e", "A", "a%2Fb"):
            self.open_as("en", "light", f"#/c/{odd}/documents", TOKEN)
            self.assertEqual(self.browser.evaluate("document.title"), "Search – rappel", "it is no view of a collection")
        self.no_faults("404")

    def test_tokens(self):
        browser = self.browser
        self.open_as("en", "light", "#/tokens", TOKEN)
        browser.wait("document.querySelector('.tokens [data-name=shown]') && document.querySelector('input[name=collections][value=shown]')")
        browser.evaluate("document.querySelector('.panel').open = true; document.querySelector('input[name=name]').focus()")
        browser.type("reader")
        browser.evaluate("document.querySelector('input[name=collections][value=shown]').click()")
        browser.press("Enter")
        browser.wait("document.querySelector('dialog[open] pre')")
        secret = browser.evaluate("document.querySelector('dialog pre').textContent")
        self.assertRegex(secret, r"^rappel_[0-9a-f]{64}$")
        self.assertEqual(self.focus(), "Copy Access token")
        self.must("POST", "/c/shown/list", {}, secret)
        self.assertEqual(self.server.request("POST", "/list", {}, secret)[0], 404)
        browser.press("Escape")
        browser.wait("document.querySelector('.tokens [data-name=reader]')")
        self.assertNotIn(secret, browser.evaluate("document.documentElement.outerHTML"))
        self.assertIn("collections: shown", browser.evaluate("document.querySelector('[data-name=reader]').innerText"))
        # A name that is taken is refused, and what was typed stays.
        browser.evaluate("document.querySelector('input[name=name]').focus()")
        browser.type("reader")
        browser.press("Enter")
        browser.wait("document.querySelector('.panel .fault[role=alert]')")
        self.assertIn("revoke it first", browser.evaluate("document.querySelector('.panel .fault[role=alert]').textContent"))
        self.assertEqual(browser.evaluate("document.querySelector('input[name=name]').value"), "reader")
        browser.evaluate("document.querySelector('[aria-label=\"Revoke reader\"]').click()")
        browser.wait("document.querySelector('dialog[open]')")
        self.assertEqual(self.focus(), "Cancel")
        browser.evaluate("document.querySelector('dialog .danger').click()")
        browser.wait("!document.querySelector('[data-name=reader]') && document.querySelector('.tokens')")
        self.assertEqual(self.focus(), "Tokens")
        self.assertEqual(self.server.request("POST", "/c/shown/list", {}, secret)[0], 401)
        self.no_faults("409")

    def test_holders_of_other_tokens_see_why_they_may_not(self):
        reader = self.must("POST", "/v1/tokens", {"name": "curious"})["token"]
        self.addCleanup(self.must, "DELETE", "/v1/tokens/curious")
        for view in ("tokens", "settings"):
            self.open_as("en", "light", f"#/{view}", reader)
            self.browser.wait("document.querySelector('.fault')")
            self.assertIn("lacks the scope admin", self.browser.evaluate("document.querySelector('.fault').textContent"))
        self.no_faults("403")

    def test_settings_in_force(self):
        browser = self.browser
        self.open_as("en", "light", "#/settings", TOKEN)
        browser.wait("document.querySelector('table.settings')")
        self.assertNotIn(TOKEN, browser.evaluate("document.querySelector('main').innerText"))
        rows = browser.evaluate("[...document.querySelectorAll('.settings tbody tr')].length")
        self.assertGreater(rows, 50)
        cells = browser.evaluate("[...document.querySelectorAll('[data-name=RERANK_ENABLE] td')].map((cell) => cell.innerText)")
        self.assertEqual(cells[0], "false")
        self.assertIn("environment", cells[1])
        self.assertTrue(cells[2])
        self.assertIn("hidden", browser.evaluate("document.querySelector('[data-name=BEARER_TOKEN] td').innerText"))
        browser.evaluate("document.querySelector('input[name=settings]').focus()")
        browser.type("rerank enable")
        browser.wait(f"document.querySelectorAll('.settings tbody tr').length < {rows}")
        self.assertTrue(browser.evaluate("Boolean(document.querySelector('[data-name=RERANK_ENABLE]'))"))
        self.assertFalse(browser.evaluate("Boolean(document.querySelector('[data-name=BEARER_TOKEN]'))"))
        self.no_faults()

    def ids(self):
        return [one["document_id"] for one in self.server.request("POST", "/list", {}, TOKEN)[1]["documents"]]

    def test_documents_and_undo(self):
        browser = self.browser
        for name in ("stays", "goes"):
            status, _ = self.server.request("POST", "/upsert", {"documents": [{"id": name, "text": f"The document that {name} is about storks."}]}, TOKEN)
            self.assertEqual(status, 200)
        self.open_as("en", "light", "#/documents?filter=" + '{"document_id":["stays","goes","bees"]}', TOKEN)
        browser.wait("document.querySelectorAll('.documents tbody tr').length === 3")
        browser.evaluate("document.querySelector('[aria-label=\"Delete stays\"]').click()")
        browser.wait("document.querySelectorAll('.documents tbody tr').length === 2")
        self.assertEqual(self.focus(), "Undo")
        browser.press("Enter")
        browser.wait("document.querySelectorAll('.documents tbody tr').length === 3")
        browser.evaluate("document.querySelector('[aria-label=\"Delete goes\"]').click()")
        browser.wait("document.querySelector('.toast')")
        self.assertIn("goes", self.ids(), "the server is asked after the time to undo")
        support.wait_for(lambda: "goes" not in self.ids())
        browser.wait("!document.querySelector('.toast')")
        self.assertIn("stays", self.ids())
        self.no_faults()

    def test_document_shows_its_chunks(self):
        browser = self.browser
        text = " ".join(f"Sentence {number} tells of otters, herons and bees in the valley." for number in range(120))
        status, _ = self.server.request("POST", "/upsert", {"documents": [{"id": "a/long one", "text": text}]}, TOKEN)
        self.assertEqual(status, 200)
        self.open_as("en", "light", "#/documents?id=a%2Flong+one&chunk=a%2Flong+one_1", TOKEN)
        browser.wait("document.querySelector('.chunk[aria-current]')")
        chunks = browser.evaluate("[...document.querySelectorAll('.chunk .text')].map((one) => one.textContent)")
        self.assertGreater(len(chunks), 1)
        self.assertEqual(" ".join(chunks).split(), text.split(), "the chunks make the document")
        self.assertEqual(browser.evaluate("document.querySelector('.chunk[aria-current] span').textContent"), "a/long one_1")
        self.open_as("en", "light", "#/documents?id=nothing", TOKEN)
        browser.wait("document.querySelector('.fault')")
        self.assertIn("No document of this id", browser.evaluate("document.querySelector('.fault').textContent"))
        self.server.request("POST", "/delete", {"ids": ["a/long one"]}, TOKEN)
        self.no_faults("404")

    def test_comparison(self):
        browser = self.browser
        self.open_as("en", "light", "#/compare?query=honey&a.mode=lexical&b.mode=dense", TOKEN)
        browser.wait("document.querySelector('.change')")
        sides = browser.evaluate("[...document.querySelectorAll('.results .pair > section')].map((side) => [...side.querySelectorAll('.change')]"
                                 ".map((one) => one.textContent))")
        self.assertEqual(len(sides[0]), 1, "only one text has the word")
        self.assertGreater(len(sides[1]), 1, "vectors order all texts")
        self.assertIn("only here", sides[1])
        self.assertEqual(browser.evaluate("document.querySelectorAll('fieldset select')[0].value"), "lexical")
        self.no_faults()

    def test_health(self):
        self.open_as("en", "light", "#/health", TOKEN)
        self.browser.wait("document.querySelectorAll('.chart:not([hidden])').length >= 6")
        facts = self.browser.evaluate("document.querySelector('.card').innerText")
        self.assertIn("The server answers requests.", facts)
        self.assertIn("mini-bert-embedder", facts)
        self.assertGreater(self.browser.evaluate("document.querySelectorAll('tbody tr').length"), 10)
        self.no_faults()

    def test_screenshots_and_accessibility(self):
        for width in (1280, 390):
            self.browser.size(width)
            for theme in ("light", "dark"):
                for language in ("en", "fr"):
                    for view in VIEWS:
                        with self.subTest(view=view, language=language, theme=theme, width=width):
                            self.one_view(view, language, theme, width)
        self.no_faults()
        if not AXE.exists():
            self.skipTest("axe-core is not installed: run scripts/install-clients")

    def one_view(self, view, language, theme, width):
        self.open_as(language, theme, f"#/{VIEWS[view]}", TOKEN)
        self.browser.wait(f"document.querySelector('{READY[view]}')")
        self.browser.evaluate("document.querySelectorAll('.results details').forEach((one) => { one.open = true; })")
        self.browser.screenshot(SHOTS / f"{view}-{width}-{theme}-{language}.png")
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width, "the page scrolls sideways")
        if AXE.exists():
            self.assertEqual(self.violations(), [])

    def violations(self):
        """Broken rules with the elements that break them."""
        self.browser.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        return self.browser.evaluate("axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map("
                                     "(one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary)]))")


if __name__ == "__main__":
    if not devtools.find_browser():
        support.skip_file("Chromium is not installed: run scripts/install-packages develop, or set CHROMIUM")
    support.main()
