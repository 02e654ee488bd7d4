"""Each rule finds what it must and leaves good code alone."""
import tempfile
import unittest
from pathlib import Path

import cpp_source
import tree_rules

HEADER = "// A thing. One thread at a time.\n#pragma once\n"


class RuleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def given(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def findings(self, rule: str) -> list[str]:
        return [str(finding) for finding in tree_rules.check(self.root)[rule]]

    def expect(self, rule: str, *findings: str) -> None:
        self.assertEqual(self.findings(rule), list(findings))

    def expect_one(self, rule: str, start: str) -> None:
        found = self.findings(rule)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start), found[0])


class Layers(RuleTest):
    def test_a_lower_module_may_not_include_a_higher_one(self):
        self.given("src/gateway/call.hpp", HEADER)
        self.given("src/policy/gate.cpp", '// why\n#include "gateway/call.hpp"\n')
        self.expect("layers", "src/policy/gate.cpp:2: layers: policy may not include gateway")

    def test_includes_down_the_table_and_in_comments_and_tests_are_free(self):
        self.given("src/base/text.hpp", HEADER)
        self.given("src/admin/page.hpp", HEADER)
        self.given("src/policy/gate.cpp", '#include "base/text.hpp"\n// #include "admin/page.hpp"\n')
        self.given("src/policy/gate_test.cpp", '#include "admin/page.hpp"\n')
        self.expect("layers")

    def test_phases_and_gateway_are_one_module(self):
        self.given("src/gateway/call.hpp", HEADER)
        self.given("src/gateway/phases/match.cpp", '#include "gateway/call.hpp"\n')
        self.expect("layers")

    def test_connectors_share_only_their_parent_folders(self):
        self.given("src/connectors/connector.hpp", HEADER)
        self.given("src/connectors/http/http.hpp", HEADER)
        self.given("src/connectors/exchange/binance/sign.cpp",
                   '#include "connectors/connector.hpp"\n#include "connectors/http/http.hpp"\n')
        self.expect_one("layers", "src/connectors/exchange/binance/sign.cpp:2:")

    def test_detail_is_private_to_its_module(self):
        self.given("src/net/detail/asio.hpp", HEADER)
        self.given("src/net/socket.cpp", '#include "net/detail/asio.hpp"\n')
        self.given("src/gateway/call.cpp", '#include "net/detail/asio.hpp"\n')
        self.expect("layers", "src/gateway/call.cpp:1: layers: net/detail/asio.hpp is private to net")

    def test_nobody_includes_app_but_main(self):
        self.given("src/app/run.hpp", HEADER)
        self.given("src/main.cpp", '#include "app/run.hpp"\n')
        self.given("src/admin/page.cpp", '#include "app/run.hpp"\n')
        self.expect("layers", "src/admin/page.cpp:1: layers: admin may not include app")

    def test_an_unknown_module_has_to_be_entered_in_the_table(self):
        self.given("src/magic/wand.hpp", HEADER)
        self.expect_one("layers", "src/magic/wand.hpp:1:")


class BannedCalls(RuleTest):
    def expect_banned(self, code: str) -> None:
        self.given("src/policy/gate.cpp", code)
        self.expect_one("banned_calls", "src/policy/gate.cpp:1: banned ")

    def test_hidden_inputs_and_effects_are_found(self):
        for code in ("auto t = std::chrono::steady_clock::now();", "std::regex r;", "int i = rand();",
                     "std::srand(1);", 'system("ls");', '::printf("x");', 'std::fprintf(f, "x");',
                     "std::cout << 1;", 'getenv("A");', "std::this_thread::sleep_for(x);",
                     "::usleep(3);", "auto t = std::time(nullptr);", "getaddrinfo(a, b, c, d);"):
            with self.subTest(code):
                self.expect_banned(code + "\n")

    def test_names_that_only_look_alike_are_free(self):
        self.given("src/policy/gate.cpp", "clock.now(); random.rand(); std::snprintf(b, 2, f);\n"
                   "loop.sleep(timer); co_await timer.sleep_until(deadline); operand(1); s->system(2);\n"
                   'auto text = "std::cout printf(";  // std::cout << rand()\nauto n = 1\'000;\n')
        self.expect("banned_calls")

    def test_the_allow_list_names_where_a_call_belongs(self):
        self.given("src/base/clock.cpp", "auto t = std::chrono::system_clock::now();\n")
        self.given("src/app/settings.cpp", 'std::getenv("WORKERS"); std::cerr << 1;\n')
        self.given("tests/support/stage.cpp", "auto t = std::chrono::steady_clock::now();\n")
        self.expect("banned_calls")

    def test_a_test_may_not_sleep(self):
        self.given("src/net/loop_test.cpp", "std::this_thread::sleep_for(10ms);\n")
        self.expect_one("banned_calls", "src/net/loop_test.cpp:1:")


class CoAwaits(RuleTest):
    def test_no_condition_of_a_loop_may_wait(self):
        for code in ("while (co_await next()) {}", "while (ready && (co_await next()).ok) {}",
                     "for (int i = 0; co_await next(); ++i) {}", "for (;; co_await next()) {}",
                     "do { step(); } while (co_await next());"):
            with self.subTest(code):
                self.given("src/net/a.cpp", f"Task<void> f() {{\n  {code}\n}}\n")
                self.expect_one("co_awaits", "src/net/a.cpp:2: co_await: in the condition of ")

    def test_no_condition_of_a_branch_may_wait(self):
        for code in ("if (co_await next()) {}", "switch (co_await next()) {}", "if (a && co_await next()) {}", "if (f(a, b) ||\n co_await next()) {}",
                     "if (const bool more = a ? co_await next() : false; more) {}",
                     "else if (!(co_await next()) && a) {}"):
            with self.subTest(code):
                self.given("src/net/a.cpp", f"Task<void> f() {{ {code} }}\n")
                self.expect_one("co_awaits", "src/net/a.cpp:")

    def test_the_line_is_that_of_the_wait(self):
        self.given("src/net/a.cpp", "Task<void> f() {\n  if (a &&\n      co_await next()) {\n  }\n}\n")
        self.expect_one("co_awaits", "src/net/a.cpp:3: co_await: in the condition of `if`")

    def test_waits_elsewhere_are_free(self):
        self.given("src/net/a.cpp", "Task<void> f() {\n  // while (co_await next())\n"
                   "  const bool more = co_await next();\n  if (more) co_await step(a && b);\n"
                   "  for (auto x = co_await begin(); x; ++x) co_await use(x);\n"
                   "  for (const auto& y : co_await all()) use(y);\n"
                   "  while (more) { co_await next(); if (a && b) co_await next(); }\n"
                   '  log("while (co_await next())");\n}\n')
        self.expect("co_awaits")


class Sizes(RuleTest):
    def test_a_long_file_is_found(self):
        self.given("src/base/long.cpp", "int i;\n" * 401)
        self.given("tests/e2e/long.test.ts", "\n" * 401)
        self.given("src/base/just.cpp", "int i;\n" * 400)
        self.expect("sizes", "src/base/long.cpp:401: sizes: 401 lines, at most 400",
                    "tests/e2e/long.test.ts:401: sizes: 401 lines, at most 400")

    def test_a_long_function_is_found_where_it_begins(self):
        body = "  step();\n" * 69
        self.given("src/base/a.cpp", f"namespace x {{\n\nint f(int a) {{\n{body}}}\n}}\n")
        self.expect("sizes", "src/base/a.cpp:3: sizes: f has 71 lines, at most 70")

    def test_a_function_of_seventy_lines_is_fine(self):
        body = "  step();\n" * 68
        self.given("src/base/a.cpp", f"int f(int a) {{\n{body}}}\nint g() {{ return 1; }}\n")
        self.expect("sizes")


class Functions(unittest.TestCase):
    def names(self, source: str) -> list[tuple[str, int]]:
        return [(f.name, f.lines) for f in cpp_source.functions(source)]

    def test_classes_and_namespaces_are_looked_into(self):
        source = "namespace a {\nclass B : public C {\n public:\n  int get() const { return 1; }\n" \
                 "  int x{3};\n  void put(int v) {\n    x = v;\n  }\n};\n}\n"
        self.assertEqual(self.names(source), [("get", 1), ("put", 3)])

    def test_initialisers_in_braces_belong_to_the_constructor(self):
        source = "A::A(int x)\n    : a_{x},\n      b_{2} {\n  go();\n}\nint f() {\n}\n"
        self.assertEqual(self.names(source), [("A::A", 5), ("f", 2)])

    def test_default_arguments_do_not_end_a_head(self):
        self.assertEqual(self.names("void f(Options o = {},\n       int x = 1) {\n}\n"), [("f", 3)])

    def test_data_is_no_function(self):
        self.assertEqual(self.names("constexpr std::array<int, 2> kA{{1, 2}};\nenum class E { A };\n"
                                    "struct S {\n  int a = 1;\n};\n"), [])

    def test_braces_in_texts_and_comments_do_not_count(self):
        source = 'int f() {\n  g("{", \'{\', R"x({{{)x");  // {\n}\n#define M(x) {\nint h() {\n}\n'
        self.assertEqual(self.names(source), [("f", 3), ("h", 2)])

    def test_templates_constraints_and_attributes(self):
        source = "template <class T>\n  requires(sizeof(T) > 1)\nstruct A {\n  T get() { return {}; }\n};\n"
        self.assertEqual(self.names(source), [("get", 1)])


class Files(RuleTest):
    def test_each_source_folder_has_a_readme(self):
        self.given("src/base/text.hpp", HEADER)
        self.given("src/model/README.md", "# model\n")
        self.given("src/model/api.hpp", HEADER)
        self.expect("readmes", "src/base/README.md:1: readmes: is missing")

    def test_a_header_says_what_it_is_and_stands_alone(self):
        self.given("src/base/a.hpp", "#ifndef A\n#define A\n#endif\n")
        self.given("src/base/b.hpp", HEADER)
        self.given("src/base/b.cpp", '#include <string>\n#include "base/b.hpp"\n')
        self.expect("headers", "src/base/a.hpp:1: headers: the first line says what it is, in a comment",
                    "src/base/a.hpp:1: headers: lacks #pragma once",
                    "src/base/b.cpp:1: headers: includes b.hpp first, which proves that it stands alone")

    def test_heavy_headers_stay_in_sources_and_detail(self):
        self.given("src/net/a.hpp", HEADER + "#include <boost/asio/ip/tcp.hpp>\n")
        self.given("src/net/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n")
        self.given("src/net/detail/b.hpp", HEADER + "#include <openssl/ssl.h>\n")
        self.expect_one("heavy_headers", "src/net/a.hpp:3:")

    def test_notes_to_self_and_paths_of_a_machine_are_found(self):
        self.given("docs/a.md", "fine: example.com/home/x, ~/work, $HOME/work\n" + "TO" + "DO later\n")
        self.given("tools/b.py", "open('" + "/ho" + "me/me/x')\n")
        self.given("src/base/string_utils.hpp", HEADER)
        found = self.findings("words")
        self.assertEqual([f.split(": ")[0] for f in found],
                         ["docs/a.md:2", "src/base/string_utils.hpp:1", "tools/b.py:1"])

    def test_links_in_markdown_resolve(self):
        self.given("docs/a.md", "# Two words\n[b](b.md) [web](https://example.com) [me](#two-words)\n"
                   "`[code](gone.md)`\n[gone](gone.md)\n[no](b.md#nothing)\n")
        self.given("docs/b.md", "# B\n")
        self.expect("links", "docs/a.md:4: links: gone.md does not exist",
                    "docs/a.md:5: links: b.md#nothing: no such heading")

    def test_metrics_are_explained_and_explained_ones_exist(self):
        self.given("docs/metrics.md", "| `apiforge_calls_total` | `apiforge_provider_weight` |\n"
                   "| `apiforge_gone` |\n")
        self.given("src/observe/a.cpp", 'add("apiforge_calls_total");\nadd("apiforge_provider_" + name);\n'
                   'add("apiforge_new");\n')
        self.given("src/observe/a_test.cpp", 'add("apiforge_of_a_test");\n')
        self.expect("metrics", "src/observe/a.cpp:3: metrics: apiforge_new is not in docs/metrics.md",
                    "docs/metrics.md:2: metrics: apiforge_gone is no metric")


if __name__ == "__main__":
    unittest.main()
