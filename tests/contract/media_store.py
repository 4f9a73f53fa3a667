"""What every media store must do. Subclass it, provide `store`, get the tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.core.errors import InputError, NotFound
from services.core.ports import MediaStore

OUTSIDE = (
    "",
    "/",
    "/etc/passwd",
    "..",
    "../x",
    "media/../../x",
    "media/..",
    "media/./x",
    "media//x",
    "media/",
    "media\\x",
    "me dia",
    "media/x\n",
    "media/\x00",
    ".incoming/x",
    "é",
    "a/b/c/d/e",
    "a" * 129,
    "%2e%2e/x",
    "~/x",
)


class MediaStoreContract:
    """Provide a fixture `store` that is empty at the beginning of each test."""

    def test_what_was_put_is_read_back(self, store: MediaStore) -> None:
        data = bytes(range(256)) * 999
        store.put("media/med_a/full", data)
        assert store.get("media/med_a/full") == data
        assert store.exists("media/med_a/full")

    def test_a_part_is_read_alone(self, store: MediaStore) -> None:
        store.put("media/full/a", bytes(range(100)))
        assert store.part("media/full/a", 0, 3) == b"\x00\x01\x02"
        assert store.part("media/full/a", 98, 100) == b"bc"
        assert store.part("media/full/a", 98, 500) == b"bc"
        assert store.part("media/full/a", 5, 5) == b""
        with pytest.raises(NotFound):
            store.part("media/full/b", 0, 1)

    def test_nothing_at_all_can_be_stored(self, store: MediaStore) -> None:
        store.put("staged/a", b"")
        assert store.get("staged/a") == b""
        assert store.exists("staged/a")

    def test_the_last_write_of_a_key_stands(self, store: MediaStore) -> None:
        store.put("staged/a", b"a longer first one")
        store.put("staged/a", b"second")
        assert store.get("staged/a") == b"second"
        assert list(store.keys("")) == ["staged/a"]

    def test_what_is_not_there_is_not_found(self, store: MediaStore) -> None:
        store.put("media/a/full", b"x")
        for key in ("media/b/full", "media/a/full/deeper", "media/a", "absent"):
            assert not store.exists(key)
            with pytest.raises(NotFound):
                store.get(key)

    def test_a_deleted_key_is_gone_and_may_be_deleted_again(self, store: MediaStore) -> None:
        store.put("media/a/full", b"x")
        store.put("media/a/thumbnail", b"y")
        store.delete("media/a/full")
        store.delete("media/a/full")
        store.delete("never/was")
        assert not store.exists("media/a/full")
        assert store.get("media/a/thumbnail") == b"y"

    def test_a_key_can_be_put_again_after_its_deletion(self, store: MediaStore) -> None:
        for data in (b"1", b"2"):
            store.put("media/a/full", data)
            store.delete("media/a/full")
        store.put("media/a/full", b"3")
        assert store.get("media/a/full") == b"3"

    def test_keys_are_those_that_start_with_the_prefix(self, store: MediaStore) -> None:
        names = {"staged/a1", "staged/a2", "staged/b", "media/a1/full", "stagedx"}
        for key in names:
            store.put(key, b"x")
        for prefix in ("", "staged", "staged/", "staged/a", "media/a1/", "media/zz", "absent/x"):
            assert set(store.keys(prefix)) == {key for key in names if key.startswith(prefix)}

    @pytest.mark.parametrize("key", OUTSIDE)
    def test_a_key_that_could_lead_elsewhere_is_refused(self, store: MediaStore, key: str) -> None:
        for call in (store.get, store.exists, store.delete):
            with pytest.raises(InputError, match="key"):
                call(key)
        with pytest.raises(InputError, match="key"):
            store.put(key, b"x")
        assert list(store.keys("")) == []

    @pytest.mark.parametrize("prefix", ["/", "../", "media/../", "media//", ".incoming/"])
    def test_a_prefix_that_could_lead_elsewhere_is_refused(
        self, store: MediaStore, prefix: str
    ) -> None:
        with pytest.raises(InputError, match="prefix"):
            list(store.keys(prefix))

    def test_a_writable_store_passes_its_check_and_is_left_as_it_was(
        self, store: MediaStore
    ) -> None:
        store.check()
        assert list(store.keys("")) == []

    def test_readers_see_a_whole_value_while_it_is_being_replaced(self, store: MediaStore) -> None:
        values = [bytes([letter]) * 50_000 for letter in range(8)]
        store.put("staged/a", values[0])
        with ThreadPoolExecutor(4) as pool:
            writes = [pool.submit(store.put, "staged/a", value) for value in values]
            reads = [pool.submit(store.get, "staged/a") for _ in range(50)]
            seen = {read.result() for read in reads}
            for write in writes:
                write.result()
        assert seen <= set(values)
