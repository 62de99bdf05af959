#include "pipeline.h"

enum { may_read = PD_PERM_READ, may_write = PD_PERM_READ | PD_PERM_WRITE };

/* What a call's status means for the picture. */
static enum outcome outcome_of(struct pipeline* pipeline, pd_status status, uint64_t value)
{
    pipeline->status = status;
    switch (status) {
    case PD_OK:
        return value != 0 ? outcome_good : outcome_refused;
    case PD_CALLEE_FAULTED:
    case PD_CALLEE_STOPPED:
    case PD_CALL_TIME_LIMIT:
        return outcome_killed;
    default:
        return outcome_broken;
    }
}

static bool lend(struct pipeline* pipeline, const struct pages* pages, pd_gate to,
                 uint32_t permission)
{
    pipeline->status = pages_lend(pages, pd_gate_domain(to), permission);
    return pipeline->status == PD_OK;
}

static bool take_back(struct pipeline* pipeline, const struct pages* pages)
{
    pipeline->status = pages_take_back(pages);
    return pipeline->status == PD_OK;
}

static uint64_t address(const struct pages* pages)
{
    return (uint64_t)(uintptr_t)pages->bytes;
}

bool pipeline_prepare(struct pipeline* pipeline, uint64_t image_size, uint64_t png_size)
{
    *pipeline = (struct pipeline){
        .measure = pd_gate_find("decoder", "measure"),
        .decode = pd_gate_find("decoder", "decode"),
        .scale = pd_gate_find("scaler", "scale"),
        .encode = pd_gate_find("encoder", "encode"),
    };
    pipeline->status = pages_reserve(&pipeline->image, image_size);
    if (pipeline->status == PD_OK)
        pipeline->status = pages_reserve(&pipeline->png, png_size);
    return pipeline->status == PD_OK;
}

static enum outcome decode(struct pipeline* pipeline, uint64_t size, struct shape* shape)
{
    uint64_t said = 0;
    pd_status status = pd_gate_call_2(pipeline->measure, address(&pipeline->image), size, &said);
    enum outcome outcome = outcome_of(pipeline, status, said);
    if (outcome != outcome_good)
        return outcome;
    *shape = unpack_shape(said);
    /* A picture may say that it is of any size. */
    if (!is_picture(*shape) || pages_reserve(&pipeline->pixels, bytes_of(*shape)) != PD_OK)
        return outcome_refused;
    if (!lend(pipeline, &pipeline->pixels, pipeline->decode, may_write))
        return outcome_broken;
    uint64_t found = 0;
    status = pd_gate_call_4(pipeline->decode, address(&pipeline->image), size,
                            address(&pipeline->pixels), pipeline->pixels.size, &found);
    outcome = outcome_of(pipeline, status, found);
    return outcome == outcome_good && found != said ? outcome_refused : outcome;
}

enum outcome pipeline_decode(struct pipeline* pipeline, uint64_t size, struct shape* shape)
{
    if (!lend(pipeline, &pipeline->image, pipeline->decode, may_read))
        return outcome_broken;
    enum outcome outcome = decode(pipeline, size, shape);
    pd_status status = pipeline->status;
    bool is_ours = take_back(pipeline, &pipeline->image) &&
                   (pipeline->pixels.size == 0 || take_back(pipeline, &pipeline->pixels));
    if (is_ours)
        pipeline->status = status;
    return is_ours ? outcome : outcome_broken;
}

/* The largest of the same proportions with no edge longer than `edge`; at least 1 x 1. */
static struct shape fit(struct shape from, uint32_t edge)
{
    uint32_t longest = from.width > from.height ? from.width : from.height;
    if (longest <= edge)
        return from;
    uint64_t width = (uint64_t)from.width * edge / longest;
    uint64_t height = (uint64_t)from.height * edge / longest;
    return (struct shape){width > 0 ? (uint32_t)width : 1, height > 0 ? (uint32_t)height : 1,
                          from.channels};
}

static enum outcome scale(struct pipeline* pipeline, struct shape from, struct shape to)
{
    pipeline->status = pages_reserve(&pipeline->small, bytes_of(to));
    if (pipeline->status != PD_OK ||
        !lend(pipeline, &pipeline->pixels, pipeline->scale, may_read) ||
        !lend(pipeline, &pipeline->small, pipeline->scale, may_write))
        return outcome_broken;
    uint64_t is_done = 0;
    pd_status status = pd_gate_call_4(pipeline->scale, address(&pipeline->pixels), pack_shape(from),
                                      address(&pipeline->small), pack_shape(to), &is_done);
    return outcome_of(pipeline, status, is_done);
}

static enum outcome encode(struct pipeline* pipeline, struct shape shape, uint64_t* size)
{
    if (!lend(pipeline, &pipeline->small, pipeline->encode, may_read) ||
        !lend(pipeline, &pipeline->png, pipeline->encode, may_write))
        return outcome_broken;
    *size = 0;
    pd_status status =
        pd_gate_call_4(pipeline->encode, address(&pipeline->small), pack_shape(shape),
                       address(&pipeline->png), pipeline->png.size, size);
    if (*size > pipeline->png.size)
        *size = 0; /* the encoder may say anything */
    return outcome_of(pipeline, status, *size);
}

enum outcome pipeline_shrink(struct pipeline* pipeline, struct shape from, uint32_t edge,
                             struct shape* to, uint64_t* png_size)
{
    *to = fit(from, edge);
    enum outcome outcome = scale(pipeline, from, *to);
    if (outcome == outcome_good)
        outcome = encode(pipeline, *to, png_size);
    pd_status status = pipeline->status;
    if (!take_back(pipeline, &pipeline->pixels) || !take_back(pipeline, &pipeline->small) ||
        !take_back(pipeline, &pipeline->png))
        return outcome_broken;
    pipeline->status = status;
    return outcome;
}
