def test_smoke(shop):
    sid = shop.service(max_capacity=3)
    print(shop.get(f"/services/{sid}"))
    print(shop.starts(sid))
    r = shop.book(sid); print(r)
    print(shop.get("/appointments"))
    print(shop.slots(sid)[0])
    print(shop.get("/payments"))
    print(shop.get("/customers"))
    print(shop.call("DELETE", f"/appointments/{r['appointment_id']}"))
    assert 0
