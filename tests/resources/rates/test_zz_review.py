import time

from tests.harness import *
from tests.resources.rates.test_races import END, SINCE, START, post, put


def test_deadlocks(office, monkeypatch):
    o=office.owner
    project = o.post("/projects", {"name": "One", "isPublic": True}).body["id"]
    body = {"start": START, "end": END, "projectId": project}
    es=[office.member.post("/time-entries", body).body["id"] for _ in range(6)]
    count=[0]
    real=office.database.engine.trouble
    def tr(e):
        t=real(e); count[0]+=1; print(type(e)); return t
    monkeypatch.setattr(type(office.database.engine),'trouble',lambda self,e: tr(e))
    for what in ("member","project","timer"):
        worst=0; t0=time.time(); st={}
        for i in range(15):
            rate={"amount": 1000+i, "since": SINCE}
            ch = put(o, f"/users/{office.member.id}/hourly-rate", rate) if what=="member" else put(o, f"/projects/{project}", {"isPublic": True, "hourlyRate": rate})
            if what=="timer":
                r=office.member.post("/time-entries", {"start":"2026-05-20T13:00:00Z"}).body["id"]
                asked=[put(office.member, f"/time-entries/{r}", {"start":"2026-05-20T13:00:00Z","description":f"x{i}{k}"}) for k in range(3)]+[post(office.member,"/time-entries",{"description":"a"})]*2
            else:
                asked=[put(office.member, f"/time-entries/{e}", {**body,"description":f"d{i}"}) for e in es]
                asked.insert(3,ch)
            t=time.time(); answers=office.server.ask_all(asked); worst=max(worst,time.time()-t)
            for a in answers: st[a.status]=st.get(a.status,0)+1
        print(what, "worst",worst,"total",time.time()-t0, st, "troubles",count[0]); count[0]=0
    assert 0
