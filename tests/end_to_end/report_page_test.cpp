// The page of a campaign's report: it needs nothing beside it, takes no name for markup, and what
// it shows, in a browser, is what the other files say.
#include "installed_glacis.hpp"

#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browser.hpp"
#include "campaign_files.hpp"

namespace glacis::end_to_end {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// The data element's text.
std::string data_of(const std::string& page)
{
    const std::string begin = R"(<script type="application/json" id="data">)";
    const std::size_t from = page.find(begin);
    if (from == std::string::npos) {
        return {};
    }
    return page.substr(from + begin.size(), page.find("</script>", from) - from - begin.size());
}

/// Instead of a matcher, which would print the whole page.
bool holds(const std::string& page, const std::string& regex)
{
    return testing::Matches(ContainsRegex(regex))(page);
}

constexpr const char* hostile = R"(</script><script>hacked=1</script><img src=x onerror=hacked=1>)"
                                R"(<!--<script>{{data}}"'&amp;)";

/// Reports of one campaign, which is run once.
class ReportPage : public testing::Test {
public:
    static void SetUpTestSuite()
    {
        shared = std::make_unique<ScratchDirectory>();
        const std::string file =
            write_campaign(*shared, example("inventory/inventory.toml"), 150,
                           {"wrong source", "stack bit flip", "stack overflow", "neighbour write",
                            "foreign memory write", "inverted branch", "delay", "host failure"});
        const ProcessResult result =
            glacis({"inject", file, "--report", original(), "--jobs", "2"});
        ASSERT_EQ(result.exit_status, 0) << result;
    }
    static void TearDownTestSuite() { shared.reset(); }

    static std::string original() { return (shared->path() / "report").string(); }

    /// Its head and records, changed, made a report again.
    [[nodiscard]] std::string written_anew(const json& head, const std::vector<json>& records) const
    {
        std::string lines;
        for (const json& record : records) {
            lines += record.dump() + "\n";
        }
        (void)scratch.write("changed/campaign.json", head.dump());
        (void)scratch.write("changed/runs.jsonl", lines);
        std::string output = (scratch.path() / "anew").string();
        const ProcessResult result =
            glacis({"merge", (scratch.path() / "changed").string(), "--output", output});
        EXPECT_THAT(result.exit_status, testing::AnyOf(0, 5)) << result; // 5: something escaped
        return output;
    }

    /// All that can be text is hostile in it.
    [[nodiscard]] std::string hostile_report() const
    {
        json changed_head = head();
        changed_head["name"] = hostile;
        std::vector<json> records = records_of(original());
        records.resize(20);
        changed_head["runs"] = records.size();
        for (json& record : records) {
            record["place"] = hostile;
            for (const char* member : {"deed", "fault", "mechanism", "detected_in"}) {
                record["protected"][member] = hostile;
            }
            record["protected"]["outcome"] = "detected";
            record["protected"]["latency_exits"] = 3;
            record["fault"]["domain"] = hostile;
        }
        return written_anew(changed_head, records);
    }

    static json head() { return json::parse(content_of(original() + "/campaign.json")); }

    ScratchDirectory scratch;

private:
    static inline std::unique_ptr<ScratchDirectory> shared;
};

TEST_F(ReportPage, needs_nothing_beside_it)
{
    const std::string page = content_of(original() + "/report.html");
    EXPECT_TRUE(page.starts_with("<!doctype html>"));
    EXPECT_TRUE(holds(page, "<title>campaign: campaign of fault injection</title>"));
    EXPECT_TRUE(holds(page, "Content-Security-Policy\" content=\"default-src 'none'"));
    EXPECT_FALSE(holds(page, "<[a-z]+[^<>]* (src|href|srcset|data|action)="));
    EXPECT_FALSE(holds(page, "<(link|base|iframe|object|embed|img)[ >]"));
    EXPECT_FALSE(holds(page, "@import|url\\("));
    EXPECT_FALSE(holds(page, "\\{\\{[a-z]+\\}\\}")) << "a place that nothing was filled into";
}

TEST_F(ReportPage, is_the_same_for_the_same_records)
{
    const std::string again = written_anew(head(), records_of(original()));
    EXPECT_EQ(content_of(again + "/report.html"), content_of(original() + "/report.html"));
}

TEST_F(ReportPage, holds_hostile_names_as_text)
{
    const std::string page = content_of(hostile_report() + "/report.html");
    EXPECT_FALSE(holds(page, "<img|<script>hacked"));
    EXPECT_TRUE(holds(page, "<title>&lt;/script&gt;&lt;script&gt;"));
    if (const std::string data = data_of(page); !data.empty()) {
        EXPECT_EQ(json::parse(data)["records"][3]["place"], hostile);
    }
}

/// With a browser; without one these tests are skipped.
class ReportPageInBrowser : public ReportPage {
public:
    void SetUp() override
    {
        if (const auto trouble = browser_trouble()) {
            GTEST_SKIP() << *trouble;
        }
        if (data_of(content_of(original() + "/report.html")).empty()) {
            GTEST_SKIP() << "this glacis was built without the page's scripts";
        }
    }

    /// What the script returns, null if it failed; the page has done nothing that it should not.
    static json seen(const std::string& report, const std::string& script)
    {
        const Seen seen = look_at(report + "/report.html", script);
        EXPECT_THAT(seen.problems, IsEmpty());
        return seen.value;
    }
};

TEST_F(ReportPageInBrowser, takes_no_name_for_markup)
{
    json value = seen(hostile_report(), R"js(
        document.querySelector(".run").click();
        return {
            hacked: typeof hacked, images: document.images.length, scripts: document.scripts.length,
            name: document.querySelector("h1").textContent, title: document.title,
            fault: document.querySelector("pre.fault").textContent };
    )js");
    EXPECT_EQ(value["hacked"], "undefined");
    EXPECT_EQ(value["images"], 0);
    EXPECT_EQ(value["scripts"], 2);
    EXPECT_EQ(value["name"], hostile);
    EXPECT_THAT(text_of(value, "title"), StartsWith(hostile));
    EXPECT_EQ(value["fault"], hostile);
}

TEST_F(ReportPageInBrowser, its_matrix_has_the_numbers_of_the_summary)
{
    json value = seen(original(), R"js(
        const rows = {};
        for (const row of document.querySelectorAll(".matrix tr[data-class]")) {
            const sides = rows[row.dataset.class] = { protected: {}, unprotected: {} };
            for (const cell of row.querySelectorAll("td")) {
                sides[cell.dataset.side][cell.dataset.outcome] =
                    Number(cell.textContent.replace("·", "0").replace(",", ""));
            }
        }
        return rows;
    )js");
    const json summary = json::parse(content_of(original() + "/summary.json"));
    ASSERT_EQ(value.size(), summary["classes"].size() + 1);
    for (const char* side : {"protected", "unprotected"}) {
        EXPECT_EQ(value[""][side], summary[side]);
        for (const json& each : summary["classes"]) {
            EXPECT_EQ(value[text_of(each, "class")][side], each[side]) << each;
        }
    }
}

TEST_F(ReportPageInBrowser, a_number_lists_its_runs_and_a_run_shows_its_record)
{
    json value = seen(original(), R"js(
        const row = document.querySelector('tr[data-class="foreign memory write"]');
        row.querySelector('[data-side="unprotected"][data-outcome="escape"] button').click();
        const listed = [...document.querySelectorAll(".run")].map((line) => Number(line.dataset.run));
        document.querySelector(".run button").click();
        const shown = document.querySelector(".details").textContent;
        document.querySelector(".run button").click();
        return { listed, shown, left: document.querySelectorAll(".details").length };
    )js");
    std::vector<std::uint64_t> expected;
    json first;
    for (const json& record : records_of(original())) {
        if (record["fault"]["class"] == "foreign memory write" &&
            record["unprotected"]["outcome"] == "escape") {
            first = expected.empty() ? record : first;
            expected.push_back(record["run"].get<std::uint64_t>());
        }
    }
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(value["listed"], json(expected));
    EXPECT_EQ(value["left"], 0);
    const std::string shown = text_of(value, "shown");
    for (const std::string& text :
         {text_of(first, "place"), text_of(first["protected"], "deed"),
          text_of(first["protected"], "mechanism"), text_of(first["protected"], "fault"),
          text_of(first["unprotected"]["escapes"][0], "what"),
          std::to_string(first["fault"]["seed"].get<std::uint64_t>()),
          "glacis replay " + original() + " --run " + std::to_string(expected.front())}) {
        EXPECT_THAT(shown, HasSubstr(text));
    }
}

TEST_F(ReportPageInBrowser, a_filter_leaves_the_runs_that_hold_its_text)
{
    json value = seen(original(), R"js(
        const filter = document.getElementById("filter");
        filter.value = "Neighbour Write";
        filter.dispatchEvent(new Event("input"));
        return document.getElementById("selection").textContent;
    )js");
    std::size_t expected = 0;
    for (const json& record : records_of(original())) {
        expected += record.dump().find("neighbour write") != std::string::npos ? 1 : 0;
    }
    ASSERT_GT(expected, 0U);
    EXPECT_EQ(value, "all runs: " + std::to_string(expected) + " runs");
}

TEST_F(ReportPageInBrowser, its_charts_have_drawn_something_and_lead_to_runs)
{
    json value = seen(original(), R"js(
        const until = async (is_so) => {
            for (let i = 0; i < 100 && !is_so(); ++i) {
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
        };
        const pixels = (canvas) => canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = (canvas) => {
            const data = pixels(canvas), found = new Set();
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] === 255) found.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
            }
            return found.size;
        };
        await until(() => [...document.querySelectorAll("canvas")].every((each) => colours(each) > 0));
        const charts = {};
        for (const id of ["comparison", "latency", "maps"]) {
            charts[id] = [...document.querySelectorAll(`#${id} canvas`)].map(colours);
        }
        // The first pixel of the colour of escapes is in a bar of the baseline.
        const canvas = document.querySelector("#comparison canvas");
        const escape = getComputedStyle(document.documentElement).getPropertyValue("--escape").trim();
        const wanted = Number.parseInt(escape.slice(1), 16), data = pixels(canvas);
        let at = 0;
        while (at < data.length &&
               (data[at] << 16 | data[at + 1] << 8 | data[at + 2]) !== wanted) at += 4;
        const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
        const clientX = box.left + (at / 4 % canvas.width) / scale + 1;
        const clientY = box.top + Math.floor(at / 4 / canvas.width) / scale + 2;
        canvas.dispatchEvent(new MouseEvent("click", { clientX, clientY, bubbles: true }));
        const selection = document.getElementById("selection");
        await until(() => !selection.textContent.startsWith("all runs"));
        return { charts, selection: selection.textContent };
    )js");
    json& charts = value["charts"];
    EXPECT_EQ(charts["comparison"].size(), 1U);
    EXPECT_GE(charts["latency"].size(), 3U);
    EXPECT_EQ(charts["maps"].size(), 4U) << "the code of three domains, and stacks";
    for (const json& each : charts) {
        for (const json& colours : each) {
            EXPECT_GE(colours.get<int>(), 1) << value;
        }
    }
    EXPECT_GT(charts["comparison"][0].get<int>(), 5) << value;
    EXPECT_THAT(text_of(value, "selection"),
                StartsWith("faults of isolation: escape without protection: "));
}

TEST_F(ReportPageInBrowser, lists_twenty_thousand_runs_and_all_escapes_but_counts_all)
{
    json changed_head = head();
    const json one = records_of(original()).front();
    std::vector<json> records;
    for (std::uint64_t run = 0; run < 30'000; ++run) {
        json record = one;
        record["run"] = run;
        if (run % 10'000 == 77) {
            record["protected"]["outcome"] = "escape";
        }
        records.push_back(std::move(record));
    }
    changed_head["runs"] = records.size();
    const std::string report = written_anew(changed_head, records);
    const json data = json::parse(data_of(content_of(report + "/report.html")));
    EXPECT_EQ(data["records"].size(), 20'000U);
    EXPECT_EQ(data["summary"]["runs"], 30'000);
    EXPECT_GT(data["records"].back()["run"], 29'990) << "evenly chosen";
    json value = seen(report, R"js(
        document.querySelector('tr.all [data-side="protected"][data-outcome="escape"] button').click();
        return {
            cap: document.getElementById("cap").textContent,
            verdict: document.getElementById("verdict").textContent,
            escapes: [...document.querySelectorAll(".run")].map((line) => line.dataset.run) };
    )js");
    EXPECT_THAT(text_of(value, "cap"), StartsWith("Of 30,000 runs this page lists 20,000"));
    EXPECT_THAT(text_of(value, "verdict"), HasSubstr("3 faults escaped with protection"));
    EXPECT_EQ(value["escapes"], json({"77", "10077", "20077"}));
}

TEST_F(ReportPageInBrowser, says_which_part_it_is_of_and_whether_it_has_a_baseline)
{
    const std::string report = (scratch.path() / "part").string();
    const ProcessResult result =
        glacis({"inject", example("inventory/campaign.toml"), "--runs", "10", "--shard", "2/3",
                "--no-baseline", "--report", report});
    ASSERT_EQ(result.exit_status, 0) << result;
    json value = seen(report, "return document.querySelector('header').textContent;");
    EXPECT_THAT(value.get<std::string>(), AllOf(HasSubstr("shard 2 of 3"), HasSubstr("3 of 10"),
                                                HasSubstr("no unprotected baseline")));
}

} // namespace
} // namespace glacis::end_to_end
