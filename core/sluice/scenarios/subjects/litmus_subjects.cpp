// litmus_subjects — the smallest programs that show what a memory order promises.
#include <array>
#include <string>
#include <utility>

#include <sluice/model/litmus.hpp>
#include <sluice/scenarios/subjects/subject.hpp>

namespace sluice::scenarios {
namespace {

/// A litmus test in several variants, and the outcome that makes it worth looking at.
struct litmus_table {
  std::string_view weak;
  std::span<std::pair<std::string_view, std::string_view> const> variants;  ///< option id, program
};
using variant = std::pair<std::string_view, std::string_view>;

template <litmus_table const& Table>
auto make(subject_program const& program, outcome_sink sink) -> model::program {
  auto text = Table.variants.front().second;
  for (auto const& [option, code] : Table.variants)
    if (option == program.choice("orders")) text = code;
  return model::as_program(model::litmus::parse(text), [sink = std::move(sink)](model::execution& run, std::string outcome) {
    auto const weak = model::agrees(outcome, Table.weak);
    sink(run, std::move(outcome), weak);
  });
}

constexpr variant mp_variants[] = {
    {"relaxed", "Wx=1.rlx; Wy=1.rlx || a=Ry.rlx; b=Rx.rlx"},
    {"release-acquire", "Wx=1.rlx; Wy=1.rel || a=Ry.acq; b=Rx.rlx"},
    {"release-relaxed", "Wx=1.rlx; Wy=1.rel || a=Ry.rlx; b=Rx.rlx"},
    {"fences", "Wx=1.rlx; F.rel; Wy=1.rlx || a=Ry.rlx; F.acq; b=Rx.rlx"},
    {"seq-cst", "Wx=1.sc; Wy=1.sc || a=Ry.sc; b=Rx.sc"}};
constexpr litmus_table mp_table{"a=1, b=0", mp_variants};
constexpr subject_option mp_options[] = {{"relaxed", "publish and look are relaxed"},
                                         {"release-acquire", "publish is release, look is acquire"},
                                         {"release-relaxed", "publish is release, look is relaxed"},
                                         {"fences", "relaxed, with a release and an acquire fence"},
                                         {"seq-cst", "everything is seq_cst"}};
constexpr subject_choice mp_choice[] = {{"orders", "Orders", mp_options}};
constexpr std::string_view mp_left[] = {"x.store(1, relaxed);", "y.store(1, publish);"};
constexpr std::string_view mp_right[] = {"a = y.load(look);", "b = x.load(relaxed);"};
constexpr subject_column mp_columns[] = {{"Thread 1", mp_left}, {"Thread 2", mp_right}};
constexpr subject_preset mp_presets[] = {
    {"relaxed", "Relaxed", "", "", "The message is there, a=1, and yet the data is not, b=0.", "orders=relaxed"},
    {"release-acquire", "Release and acquire", "", "", "Whoever sees the message sees what was written before it: a=1, b=0 is gone.", "orders=release-acquire"}};

constexpr variant sb_variants[] = {
    {"relaxed", "Wx=1.rlx; a=Ry.rlx || Wy=1.rlx; b=Rx.rlx"},
    {"release-acquire", "Wx=1.rel; a=Ry.acq || Wy=1.rel; b=Rx.acq"},
    {"fences", "Wx=1.rlx; F.sc; a=Ry.rlx || Wy=1.rlx; F.sc; b=Rx.rlx"},
    {"seq-cst", "Wx=1.sc; a=Ry.sc || Wy=1.sc; b=Rx.sc"}};
constexpr litmus_table sb_table{"a=0, b=0", sb_variants};
constexpr subject_option sb_options[] = {{"relaxed", "all relaxed"},
                                         {"release-acquire", "stores release, loads acquire"},
                                         {"fences", "relaxed, with a seq_cst fence between"},
                                         {"seq-cst", "all seq_cst"}};
constexpr subject_choice sb_choice[] = {{"orders", "Orders", sb_options}};
constexpr std::string_view sb_left[] = {"x.store(1, set);", "a = y.load(look);"};
constexpr std::string_view sb_right[] = {"y.store(1, set);", "b = x.load(look);"};
constexpr subject_column sb_columns[] = {{"Thread 1", sb_left}, {"Thread 2", sb_right}};
constexpr subject_preset sb_presets[] = {
    {"relaxed", "Relaxed", "", "", "Both have set their flag, and neither sees the other's.", "orders=relaxed"},
    {"release-acquire", "Release and acquire", "", "", "That is not enough: both may still see nothing.", "orders=release-acquire"},
    {"seq-cst", "seq_cst", "", "", "Only the one total order of seq_cst makes one of them see the other.", "orders=seq-cst"}};

constexpr variant iriw_variants[] = {
    {"release-acquire", "Wx=1.rel || Wy=1.rel || a=Rx.acq; b=Ry.acq || c=Ry.acq; d=Rx.acq"},
    {"seq-cst", "Wx=1.sc || Wy=1.sc || a=Rx.sc; b=Ry.sc || c=Ry.sc; d=Rx.sc"}};
constexpr litmus_table iriw_table{"a=1, b=0, c=1, d=0", iriw_variants};
constexpr subject_option iriw_options[] = {{"release-acquire", "stores release, loads acquire"}, {"seq-cst", "all seq_cst"}};
constexpr subject_choice iriw_choice[] = {{"orders", "Orders", iriw_options}};
constexpr std::string_view iriw_1[] = {"x.store(1, set);"};
constexpr std::string_view iriw_2[] = {"y.store(1, set);"};
constexpr std::string_view iriw_3[] = {"a = x.load(look);", "b = y.load(look);"};
constexpr std::string_view iriw_4[] = {"c = y.load(look);", "d = x.load(look);"};
constexpr subject_column iriw_columns[] = {{"Thread 1", iriw_1}, {"Thread 2", iriw_2}, {"Thread 3", iriw_3}, {"Thread 4", iriw_4}};
constexpr subject_preset iriw_presets[] = {
    {"release-acquire", "Release and acquire", "", "", "Two readers see two writes in opposite orders.", "orders=release-acquire"},
    {"seq-cst", "seq_cst", "", "", "All agree on one order.", "orders=seq-cst"}};

constexpr variant lost_variants[] = {
    {"load-store", "a=Rx.rlx; Wx=1.rlx || b=Rx.rlx; Wx=1.rlx"},
    {"fetch-add", "a=Ux+1.rlx || b=Ux+1.rlx"}};
constexpr litmus_table lost_table{"x=1", lost_variants};
constexpr subject_option lost_options[] = {{"load-store", "load, add, store"}, {"fetch-add", "fetch_add"}};
constexpr subject_choice lost_choice[] = {{"orders", "Increment", lost_options}};
constexpr std::string_view lost_left[] = {"a = x; x = a + 1;"};
constexpr std::string_view lost_right[] = {"b = x; x = b + 1;"};
constexpr subject_column lost_columns[] = {{"Thread 1", lost_left}, {"Thread 2", lost_right}};
constexpr subject_preset lost_presets[] = {
    {"load-store", "Load and store", "", "", "Both read 0, both write 1: an increment is lost.", "orders=load-store"},
    {"fetch-add", "fetch_add", "", "", "A read-modify-write cannot be divided, whatever its order.", "orders=fetch-add"}};

}  // namespace

extern subject const message_passing_subject, store_buffering_subject, iriw_subject, lost_update_subject;

subject const message_passing_subject{
    .id = "message-passing", .title = "Message passing", .group = "Memory orders",
    .summary = "One thread writes data and then a flag. Does whoever sees the flag see the data?", .source = "litmus.hpp",
    .presets = mp_presets, .choices = mp_choice, .columns = mp_columns, .make = &make<mp_table>};

subject const store_buffering_subject{
    .id = "store-buffering", .title = "Store buffering", .group = "Memory orders",
    .summary = "Each thread sets its flag and looks at the other's. Can both see nothing?", .source = "litmus.hpp",
    .presets = sb_presets, .choices = sb_choice, .columns = sb_columns, .make = &make<sb_table>};

subject const iriw_subject{
    .id = "independent-reads", .title = "Independent reads", .group = "Memory orders",
    .summary = "Two threads write, two read both. Do the readers agree on what came first?", .source = "litmus.hpp",
    .presets = iriw_presets, .choices = iriw_choice, .columns = iriw_columns, .make = &make<iriw_table>};

subject const lost_update_subject{
    .id = "lost-update", .title = "Lost update", .group = "Memory orders",
    .summary = "Two increments of one variable. Is the result always two?", .source = "litmus.hpp",
    .presets = lost_presets, .choices = lost_choice, .columns = lost_columns, .make = &make<lost_table>};

}  // namespace sluice::scenarios
