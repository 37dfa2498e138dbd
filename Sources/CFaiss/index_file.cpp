#include "needletail_faiss.h"

#include "message.h"

#include <cstring>
#include <memory>

#if __has_include(<faiss/index_factory.h>)
#define NT_HAVE_FAISS 1
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/impl/io.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>
#endif

namespace {

#if NT_HAVE_FAISS

// Hands what FAISS writes to the caller.
class CallbackWriter : public faiss::IOWriter {
public:
    CallbackWriter(nt_faiss_sink sink, void *context) : sink_(sink), context_(context) {}

    size_t operator()(const void *bytes, size_t size, size_t count) override {
        if (size == 0 || count == 0) return count;
        return sink_(context_, static_cast<const uint8_t *>(bytes), size * count) ? count : 0;
    }

private:
    nt_faiss_sink sink_;
    void *context_;
};

void write(
    const nt_faiss_index_file &file, const float *rows, const int64_t *ids, nt_faiss_sink sink,
    void *context) {
    auto metric = file.by_inner_product ? faiss::METRIC_INNER_PRODUCT : faiss::METRIC_L2;
    auto count = static_cast<int64_t>(file.row_count);
    std::unique_ptr<faiss::Index> index(
        faiss::index_factory(static_cast<int>(file.dimension), file.kind, metric));
    if (!index->is_trained) index->train(count, rows);
    if (ids == nullptr) {
        index->add(count, rows);
    } else if (dynamic_cast<faiss::IndexIVF *>(index.get()) != nullptr) {
        index->add_with_ids(count, rows, ids);
    } else {
        // The map owns the index from here.
        auto map = std::make_unique<faiss::IndexIDMap>(index.get());
        map->own_fields = true;
        index.release();
        map->add_with_ids(count, rows, ids);
        index = std::move(map);
    }
    CallbackWriter writer(sink, context);
    faiss::write_index(index.get(), &writer);
}

#endif

} // namespace

extern "C" nt_faiss_status nt_faiss_write_index(
    const nt_faiss_index_file *file, const float *rows, const int64_t *ids, nt_faiss_sink sink,
    void *context, char *message, size_t message_capacity) {
#if NT_HAVE_FAISS
    return nt_guarded([&] { write(*file, rows, ids, sink, context); }, message, message_capacity);
#else
    (void)file, (void)rows, (void)ids, (void)sink, (void)context;
    nt_copy_message("built without FAISS", message, message_capacity);
    return NT_FAISS_UNAVAILABLE;
#endif
}
