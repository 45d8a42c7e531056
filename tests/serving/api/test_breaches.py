from serving.calls.breaches import tell_breaches


def look(service):
    with service.rooms.door.store().begin() as tx:
        tell_breaches(tx)


def told(service):
    with service.rooms.door.store().read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT lead_id FROM messages WHERE kind = 'sla.breached'")
        return [row.lead_id for row in rows]


def test_a_lead_that_sales_did_not_contact_in_time_is_told_once(service):
    (service.workspace.root / "sla.yaml").write_text("version: 4\nsql: {contact_within: 4 hours}\n", encoding="utf-8")
    service.restart()
    body = {"url": "https://93.184.216.34/hook", "kinds": ["sla.breached"]}
    assert service.client.post("/v1/webhooks", json=body).status_code == 201
    for lead_id in ("L1", "L2"):
        service.put(lead_id, employees=200, industry="software")
        service.send(service.event(lead_id))
    service.say("L2", "contacted")
    service.clock.move(hours=4)
    look(service)
    assert told(service) == []
    service.clock.move(seconds=1)
    look(service)
    look(service)
    assert told(service) == ["L1"]
    with service.rooms.door.store().read() as tx:
        (handover,) = tx.handovers.of("L1")
        assert handover.breached_at is not None
        assert tx.audit.about("L1")[-1].action == "sla.breached"
